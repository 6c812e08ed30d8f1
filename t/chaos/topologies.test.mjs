// That the topologies of Redis do what the checker takes for granted: what is written through the proxy
// of a primary is there after a failover, through the proxy of the new one.

import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { RedisClient } from './lib/resp.mjs'
import { World } from './lib/world.mjs'
import { until } from './lib/processes.mjs'

const through = async (node, ...words) => {
  const client = await RedisClient.open(node.proxy.port)
  try {
    return await client.command(...words)
  } finally {
    client.close()
  }
}

async function withTopology(topology, body) {
  const world = new World({ seed: 'topologies', topology, module: '' })
  try {
    await world.topology.start(world)
    await until('it is healthy', () => world.topology.isHealthy().catch(() => false), 30000)
    await body(world.topology, world)
  } finally {
    await world.close()
  }
}

async function keepsThroughFailover(topology, fail) {
  const key = 'chaos:kept'
  const owners = topology.primaries()
  const replies = await Promise.all(owners.map(node => through(node, 'SET', key, 'value')))
  const owner = owners[replies.findIndex(reply => String(reply) === 'OK')]
  assert.ok(owner, `a primary takes the write: ${replies}`)
  await through(owner, 'WAIT', 1, 1000)
  const heal = await fail(owner)
  if (heal) {
    await sleep(4000)
    await heal()
  }
  await until('another primary is there', async () =>
    await topology.isHealthy().catch(() => false) && !topology.primaries().includes(owner), 40000)
  const values = await Promise.all(topology.primaries().map(node => through(node, 'GET', key)))
  assert.ok(values.map(String).includes('value'), `the new primary has it: ${values}`)
}

test('a Sentinel set fails over on command', () => withTopology('sentinel', (topology, world) =>
  keepsThroughFailover(topology, async () => { await topology.failOver(world.random) })))

test('a Sentinel set fails over when its primary is cut off, and takes it back', () => withTopology('sentinel', topology =>
  keepsThroughFailover(topology, async owner => {
    owner.proxy.setMode('blackhole', 'all')
    return () => owner.proxy.setMode('open')
  })))

test('a cluster fails over when a primary is killed', () => withTopology('cluster', topology =>
  keepsThroughFailover(topology, async owner => {
    await owner.redis.kill()
    return () => owner.redis.start()
  })))

test('a cluster moves slots', () => withTopology('cluster', async (topology, world) => {
  const slots = async () => String(await topology.primary().redis.command('CLUSTER', 'NODES'))
  const before = (await slots()).match(/\d+-\d+/g)
  await topology.moveSlots(world.random)
  await until('the cluster is healthy', () => topology.isHealthy().catch(() => false), 20000)
  assert.notDeepEqual((await slots()).match(/\d+-\d+/g), before)
}))
