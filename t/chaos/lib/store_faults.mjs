// What goes wrong with Redis, and between it and nginx.

import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { harms } from './proxy.mjs'
import { RedisClient } from './resp.mjs'
import { LONGEST_STEP } from './settings.mjs'

// Sets a parameter of the primary, and sets it back.
const parameter = (name, value, healthy) => async world => {
  const { redis } = world.topology.primary()
  await redis.command('CONFIG', 'SET', name, value)
  return () => redis.command('CONFIG', 'SET', name, healthy)
}

const proxyMode = (mode, choose, scope) => async world => {
  const nodes = choose(world.topology)
  nodes.forEach(node => node.proxy.setMode(mode, scope))
  return () => nodes.forEach(node => node.proxy.setMode('open'))
}

const harmReplies = (names, chance) => async world => {
  world.topology.nodes.forEach(node => { node.proxy.rule = { harms: names, chance } })
  return () => world.topology.nodes.forEach(node => { node.proxy.rule = null })
}

const brokenReplies = [
  /sent a reply that is too long/, /sent something that is not a reply/, /sent a reply that nobody waits for/,
  /sent a reply that belongs to another command/, /answered \S+/, /refused PING with/
]

const everyNode = topology => topology.nodes
const thePrimary = topology => [topology.primary()]

const kill = choose => async ({ topology }, random) => {
  const node = choose(topology, random)
  await node.redis.kill()
  return async () => node.redis.start(await topology.optionsOfRestart(node, random))
}

const freeze = choose => async ({ topology }, random) => {
  const { redis } = choose(topology, random)
  redis.freeze()
  return () => redis.thaw()
}

// The replicas of the primary stand still, and then it dies: whoever takes over lacks what it wrote
// meanwhile.
async function dieAhead(world, random) {
  const { topology } = world
  const node = topology.primary()
  const replicas = topology.replicasOf(node)
  replicas.forEach(({ redis }) => redis.freeze())
  await sleep(random.between(100, 400))
  await node.redis.kill()
  replicas.forEach(({ redis }) => redis.thaw())
  return async () => node.redis.start(await topology.optionsOfRestart(node, random))
}

async function failOver({ topology }, random) {
  await topology.failOver(random)
  return null
}

async function moveSlots({ topology }, random) {
  await topology.moveSlots(random)
  return null
}

async function runEndlessScript(world) {
  const { redis } = world.topology.primary()
  const client = await RedisClient.open(redis.port)
  client.command({ within: 60000 }, 'EVAL', 'while true do end', 0).catch(() => {})
  await sleep(200)
  return async () => {
    await redis.command('SCRIPT', 'KILL')
    client.close()
  }
}

// Its name is a folder's, so the dump cannot be written, and Redis takes no writes.
async function failToSave(world) {
  const { redis } = world.topology.primary()
  mkdirSync(`${redis.folder}/dump.rdb/in-the-way`, { recursive: true })
  await redis.command('CONFIG', 'SET', 'save', '3600 1')
  await redis.command('BGSAVE')
  let failed = false
  for (let i = 0; i < 100 && !failed; i++) {
    await sleep(20)
    failed = /rdb_last_bgsave_status:err/.test(await redis.command('INFO', 'persistence'))
  }
  return () => redis.command('CONFIG', 'SET', 'save', '')
}

async function forbidScripts(world) {
  const { redis } = world.topology.primary()
  await redis.command('ACL', 'SETUSER', 'default', '-evalsha')
  return () => redis.command('ACL', 'SETUSER', 'default', '+evalsha')
}

const flushScripts = world => Promise.all(world.topology.primaries().map(({ redis }) => redis.command('SCRIPT', 'FLUSH')))
  .then(() => null)

const killClients = world => Promise.all(world.topology.nodes.map(({ redis }) => redis.command('CLIENT', 'KILL', 'TYPE', 'normal').catch(() => {})))
  .then(() => null)

// The acknowledged writes of half a second are gone, as after a failover.
async function loseWrites(world, random) {
  const { history, topology } = world
  const from = history.clock()
  topology.keepCopy()
  await sleep(random.between(50, 500))
  await topology.restartFromCopy()
  history.event('loss', { from, to: history.clock() })
  return null
}

// The data are found and put back before anybody accepts the loss.
async function restartEmpty(world) {
  const { history, topology } = world
  const from = history.clock()
  await topology.restartEmpty()
  return async () => {
    await topology.restore()
    history.event('emptied', { from, to: history.clock() })
  }
}

async function stepClock(world, random) {
  const step = random.between(1, LONGEST_STEP) * random.pick([-1, 1])
  world.stepClock(step)
  world.history.event('step', { seconds: step })
  return () => {
    world.stepClock(0)
    world.history.event('step', { seconds: -step })
  }
}

const outage = [200, 1500, 9000]
const primary = topology => topology.primary()
const replica = (topology, random) => topology.replica(random)
const several = ['sentinel', 'cluster']

export const storeFaults = [
  { name: 'kill -9', inject: kill(primary), lasts: outage, blocks: 'writes' },
  { name: 'kill -9 ahead of the replicas', inject: dieAhead, lasts: outage, blocks: 'writes', topologies: ['sentinel'] },
  { name: 'SIGSTOP', inject: freeze(primary), lasts: outage, blocks: 'writes' },
  { name: 'empty restart', inject: restartEmpty, lasts: [500, 2500], topologies: ['single'], alerts: [/store was emptied/] },
  { name: 'lost writes', inject: loseWrites, topologies: ['single'] },
  { name: 'SCRIPT FLUSH', inject: flushScripts },
  { name: 'CLIENT KILL', inject: killClients },
  { name: 'BUSY', inject: runEndlessScript, lasts: outage, blocks: 'writes' },
  { name: 'OOM', inject: parameter('maxmemory', 1, 0), lasts: outage },
  { name: 'NOREPLICAS', inject: parameter('min-replicas-to-write', 9, 0), lasts: outage, blocks: 'writes' },
  { name: 'MISCONF', inject: failToSave, lasts: outage, topologies: ['single'], blocks: 'writes' },
  { name: 'NOPERM', inject: forbidScripts, lasts: [300, 1500], blocks: 'writes', alerts: [/answered NOPERM/] },
  { name: 'partition', inject: proxyMode('blackhole', everyNode), lasts: outage, blocks: 'writes', hitsAll: true },
  { name: 'connections reset', inject: proxyMode('refused', everyNode), lasts: outage, blocks: 'writes', hitsAll: true },
  { name: 'replies lost', inject: proxyMode('mute', everyNode), lasts: outage, blocks: 'writes', hitsAll: true },
  { name: 'replies broken', inject: harmReplies(harms, 0.15), lasts: [2000, 4000], alerts: brokenReplies },
  { name: 'some replies lost', inject: harmReplies(['drop', 'close_before', 'close_after'], 0.05), lasts: [1500, 3000] },
  { name: 'replies slow', inject: harmReplies(['delay', 'dribble'], 0.3), lasts: [1000, 2500] },
  { name: 'clock step', inject: stepClock, lasts: [1500, 3500], topologies: ['single'] },
  { name: 'failover', inject: failOver, topologies: several },
  { name: 'kill -9 of a replica', inject: kill(replica), lasts: outage, topologies: several },
  { name: 'SIGSTOP of a replica', inject: freeze(replica), lasts: outage, topologies: several },
  { name: 'partition of the primary', inject: proxyMode('blackhole', thePrimary), lasts: outage, topologies: several },
  { name: 'primary cut off', inject: proxyMode('blackhole', thePrimary, 'all'), lasts: [1500, 4000, 9000], topologies: ['sentinel'] },
  { name: 'slots moved', inject: moveSlots, topologies: ['cluster'] }
].map(fault => ({ where: 'store', ...fault }))
