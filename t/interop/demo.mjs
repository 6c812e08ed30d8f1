import { launch } from './lib/browser.mjs'
import { is, ok } from './lib/check.mjs'

const { ADDRESS, PICTURES } = process.env
const browser = await launch()

async function session(options, visit) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true, httpCredentials: { username: 'johndoe', password: 'A3ddj3w' }, ...options
  })
  context.setDefaultTimeout(10000)
  const page = await context.newPage()
  const complaints = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => message.type() === 'error' && complaints.push(`${message.text()} ${message.location().url}`))
  const says = async text => {
    await page.waitForSelector(`#message:text-is("${text}")`).catch(() => null)
    is(await page.textContent('#message'), text, `the page says: ${text}`)
  }
  await visit(page, says)
  await context.close()
  return complaints
}

const picture = (page, name) => page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true })

try {
  is(await session({ viewport: { width: 390, height: 844 } }, async (page, says) => {
    await page.goto(ADDRESS)
    await says('You are not logged in.')
    await picture(page, 'outside')
    await page.click('#log-in')
    is(await page.textContent('h1'), 'Allow The demo page to act for you?', 'the user is asked')
    await page.click('button[value=approve]')
    await says('You are logged in.')
    is(page.url(), ADDRESS, 'the code is not in the address any more')
    await picture(page, 'inside')
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
    ok(!sideways, 'nothing scrolls sideways')
    is(await page.textContent('#scope'), 'read', 'the page has tokens')

    await page.click('#call')
    await says('The API says: you are johndoe.')
    const first = await page.textContent('#refresh_token')
    await page.click('#refresh')
    await says('Both tokens are new.')
    ok(await page.textContent('#refresh_token') !== first, 'a refresh gives a new one')
    await page.click('#log-out')
    await says('The tokens are revoked.')
    ok(await page.isVisible('#log-in'), 'and logging out ends it')
  }), [], 'the browser has nothing to complain of')

  is(await session({}, async (page, says) => {
    await page.goto(ADDRESS)
    await page.click('#log-in')
    await page.click('button[value=deny]')
    await says('the user does not allow it')
    ok(await page.isVisible('#log-in'), 'the user may say no')
    await page.goto(`${ADDRESS}?code=someone-elses&state=x&iss=y`)
    await says('This answer does not belong to a login of this page.')
    ok(await page.isVisible('#log-in'), 'a code that the page did not ask for is not taken')
  }), [], 'here, too')
} finally {
  await browser.close()
}
