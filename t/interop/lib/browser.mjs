// Chromium without a window, which leaves nothing behind: no reports of crashes, and no settings outside
// of the test's own folder.

import { chromium } from 'playwright-core'

export function launch() {
  const { TEST_CHROMIUM, SCRATCH } = process.env
  return chromium.launch({
    executablePath: TEST_CHROMIUM,
    args: ['--no-sandbox', '--no-proxy-server', '--disable-dev-shm-usage', '--disable-crash-reporter'],
    env: { ...process.env, HOME: SCRATCH, XDG_CONFIG_HOME: SCRATCH }
  })
}
