// Runs the checker. Options: --seed S, --topology single|sentinel|cluster|all, --seconds N or
// --minutes N, --wait, --without FAULT (repeatable), --scale X (of the load), --module FILE, --keep, --tap.
// Without a time it is one short run of each topology; with --minutes, further seeds follow until then.

import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { endAll } from './lib/processes.mjs'
import { asTests, report, violationsOf } from './lib/report.mjs'
import { run } from './lib/run.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' }, topology: { type: 'string', default: 'single' }, seconds: { type: 'string', default: '35' },
    minutes: { type: 'string' }, wait: { type: 'boolean', default: false }, without: { type: 'string', multiple: true, default: [] },
    scale: { type: 'string', default: '1' }, keep: { type: 'boolean', default: false }, module: { type: 'string' },
    tap: { type: 'boolean', default: false }
  }
})

const topologies = values.topology === 'all' ? ['single', 'sentinel', 'cluster'] : [values.topology]
const module = resolve(values.module ?? process.env.TEST_NGINX_MODULE ?? 'build/ngx_http_oauth2_module.so')
const begun = performance.now()
const minutesLeft = () => values.minutes && performance.now() - begun < Number(values.minutes) * 60000
const quote = text => `'${text}'`

let world
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(name, async () => {
    await world?.close().catch(() => {})
    await endAll()
    process.exit(130)
  })
}

// A run that hangs is ended by this.
function limit(seconds) {
  return setTimeout(async () => {
    console.error(`the run takes too long; its files are in ${world?.folder}`)
    await endAll()
    process.exit(1)
  }, (seconds * 2 + 90) * 1000)
}

async function once(topology, seed) {
  const command = ['script/chaos', '--topology', topology, '--seed', seed, '--seconds', values.seconds, ...values.wait ? ['--wait'] : [],
    ...values.without.flatMap(name => ['--without', quote(name)])].join(' ')
  console.log(`seed ${seed}; again: ${command}`)
  const timer = limit(Number(values.seconds))
  const result = await run({
    topology, seed, module, waits: values.wait, without: values.without, seconds: Number(values.seconds),
    scale: Number(values.scale), keep: values.keep, onWorld: made => { world = made }
  })
  clearTimeout(timer)
  console.log(`${report(result)}\n`)
  if (values.tap) {
    console.log(asTests(result))
  }
  if (result.failed || values.keep) {
    console.log(`the files of this run are in ${result.folder}`)
  }
  return violationsOf(result).length
}

let violations = 0
const seeds = function * () {
  yield values.seed ?? randomBytes(4).toString('hex')
  for (let i = 2; minutesLeft(); i++) {
    yield values.seed ? `${values.seed}.${i}` : randomBytes(4).toString('hex')
  }
}
for (const seed of seeds()) {
  for (const topology of topologies) {
    violations += await once(topology, seed)
  }
}
console.log(violations === 0 ? 'no invariant was violated' : `${violations} violations`)
process.exit(violations === 0 ? 0 : 1)
