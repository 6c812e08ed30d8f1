// One run: a world is started, agents work while the nemesis strikes, then all is healed, everybody
// shows what he still has, and what is left is measured.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { makeAgents } from './agents.mjs'
import { checkAll } from './invariants.mjs'
import { Nemesis, faultsFor } from './nemesis.mjs'
import { WORKERS } from './nginx.mjs'
import { until } from './processes.mjs'
import { Secrets } from './secrets.mjs'
import { World } from './world.mjs'

const WARM_UP_MS = 1500
const GARBAGE = 200
const LAG_MS = 50

// Options: seed, topology, seconds, waits, only and without (names of faults), scale (of the load), module,
// keep (the files; those of a failure are kept anyway, unless `discard`), onWorld. Resolves with the options
// and { folder, verdicts, injected, notInjected, harmed, history, failed }.
export async function run(options) {
  const world = new World(options)
  options.onWorld?.(world)
  const delay = monitorEventLoopDelay({ resolution: 20 })
  let failed = true
  let watching
  try {
    const agents = makeAgents(world, options)
    const everybody = [...agents.honest, ...agents.others]
    const nemesis = new Nemesis(world, faultsFor(options.topology, options))
    await world.start([...new Set(everybody.map(agent => agent.subject))])
    delay.enable()
    const atRest = world.nginx.resources()
    const working = new Map(everybody.map(agent => [agent, agent.run()]))
    const stop = list => Promise.all(list.map(agent => { agent.stop(); return working.get(agent) }))
    const sampling = world.sampleUntilStopped()
    watching = watchForLag(world)
    const crash = Promise.all([...working.values(), sampling]).then(() => new Promise(() => {}))

    await Promise.race([sleep(WARM_UP_MS), crash])
    const warm = world.nginx.resources()
    await Promise.race([nemesis.run(world.history.clock() + options.seconds * 1000 - WARM_UP_MS), crash])
    await Promise.race([stop(agents.others), crash])
    await stop(agents.honest)
    await Promise.race([showWhatIsHeld(world, agents.honest), sampling])
    world.stopped = true
    await sampling
    delay.disable()
    const observed = {
      lagMs: delay.max / 1e6, isChecked: Boolean(process.env.TEST_NGINX_BINARY),
      ...await measure(world, { before: atRest.map((worker, i) => ({ ...worker, resident: warm[i]?.resident ?? worker.resident })) })
    }
    Object.assign(observed, { expectedAlerts: nemesis.expectedAlerts() })
    const { history, topology } = world
    const { ops, events, replies, samples, wallClock } = history
    const verdicts = checkAll({
      topology: topology.name, isLossless: topology.isLossless, waits: world.waits, ops, events, replies, samples, wallClock, observed
    })
    failed = verdicts.some(({ verdict }) => verdict.violations.length > 0)
    const harmed = sum(topology.nodes.map(node => node.proxy.harmed))
    return { ...options, folder: world.folder, verdicts, injected: nemesis.injected, notInjected: nemesis.failed, harmed, history, failed }
  } finally {
    delay.disable()
    clearInterval(watching)
    await world.close({ keep: failed && !options.discard || options.keep })
  }
}

// Notes when this process, and so perhaps all of the machine, had no time.
function watchForLag({ history }) {
  let last = history.clock()
  return setInterval(() => {
    const now = history.clock()
    if (now - last > 2 * LAG_MS) {
      history.event('slow', { from: last, to: now })
    }
    last = now
  }, LAG_MS)
}

function sum(maps) {
  const total = new Map()
  maps.forEach(map => map.forEach((count, name) => total.set(name, (total.get(name) ?? 0) + count)))
  return total
}

// Every honest client refreshes once more.
async function showWhatIsHeld(world, honest) {
  const { history } = world
  const holders = honest.filter(agent => agent.held)
  history.event('final')
  await Promise.all(holders.map(async agent => {
    const { family } = world.tokens.refresh(agent.held, agent.client)
    history.event('holder', { agent: agent.name, family })
    for (let i = 0; i < 100 && agent.held; i++) {
      const op = await world.requests.refresh(agent.note({ honest: true, phase: 'final' }), agent.held)
      if (op.outcome !== 'unknown') {
        return
      }
      await sleep(100)
    }
  }))
}

async function measure(world, { before }) {
  const { history, nginx, requests, topology } = world
  await world.sample()
  const garbage = await sendGarbage(world)
  const metrics = await requests.metrics()
  requests.close()
  const limit = Math.max(...before.map(worker => worker.descriptors))
  await until('connections are closed', () => nginx.resources().every(worker => worker.descriptors <= limit), 5000).catch(() => {})
  const resources = {
    before, after: nginx.resources(), storeConnections: await world.storeConnections(), expectedConnections: WORKERS * (world.waits ? 2 : 1),
    keys: await world.keyCount(), most: history.ops.filter(op => op.kind === 'login' && op.outcome !== 'refused').length
  }
  const slow = await Promise.all(topology.nodes.map(({ redis }) => redis.command('SLOWLOG', 'GET', -1)))
  const quitInTime = await nginx.quit()
  const secrets = new Secrets(history, world.roots).search(world.folder, { SLOWLOG: Buffer.from(flat(slow)) })
  return { garbage, metrics, resources, quitInTime, log: nginx.log(), secrets }
}

const flat = value => Array.isArray(value) ? value.map(flat).join('\n') : Buffer.isBuffer(value) ? value.toString('latin1') : String(value)

async function sendGarbage(world) {
  const count = () => world.topology.nodes.reduce((sum, node) => sum + node.proxy.count('EVALSHA'), 0)
  const random = world.random.stream('garbage')
  const before = count()
  for (let i = 0; i < GARBAGE; i++) {
    const token = random.bytes(42)
    token[0] = 1
    if (random.chance(0.5)) {
      token[1] = random.below(256)
    }
    await world.requests.refresh({ agent: 'noise', client: 'app', subject: 'nobody', forged: true }, token.toString('base64url'))
  }
  return { sent: GARBAGE, commands: count() - before }
}
