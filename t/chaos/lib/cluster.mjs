// Three primaries with a replica each. Each node announces the port of its proxy; the bus of the cluster
// goes its own way.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { freePort, until } from './processes.mjs'
import { Redis } from './redis.mjs'

// Not synchronously: the proxies must live meanwhile.
const redisCli = (...args) => promisify(execFile)('redis-cli', args.map(String), { timeout: 40000 })

const PRIMARIES = 3
const NODES = 6
const MOVED_SLOTS = 1000
const NODE_TIMEOUT_MS = 1500

export class Cluster {
  name = 'cluster'
  isLossless = false
  #primaries = []

  async start(world) {
    this.nodes = []
    for (let i = 0; i < NODES; i++) {
      const [port, proxyPort] = [await freePort(), await freePort()]
      const redis = new Redis({
        folder: `${world.folder}/redis${i}`, port,
        options: {
          appendonly: 'yes', appendfsync: 'always', 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf',
          'cluster-node-timeout': NODE_TIMEOUT_MS, 'cluster-announce-ip': '127.0.0.1', 'cluster-announce-port': proxyPort,
          'cluster-announce-bus-port': port + 10000, 'cluster-replica-validity-factor': 0, 'repl-diskless-sync-delay': 0,
          'repl-ping-replica-period': 1, 'repl-timeout': 5, 'repl-backlog-size': '8mb'
        }
      })
      this.nodes.push({ name: `redis${i}`, redis, proxy: world.makeProxy(`redis${i}`, proxyPort, port), port: proxyPort })
    }
    await Promise.all(this.nodes.flatMap(({ redis, proxy }) => [redis.start(), proxy.listen()]))
    await this.#join()
    await until('the cluster is in step', () => this.isHealthy().catch(() => false), 40000)
    this.confirmations = 1
    this.store = ['mode cluster;', ...this.nodes.slice(0, PRIMARIES).map(node => `server redis://127.0.0.1:${node.port};`)]
  }

  // Past the proxies, as redis-cli meets the bus at the port above the one that it is given.
  #join() {
    return redisCli('--cluster', 'create', ...this.nodes.map(node => `127.0.0.1:${node.redis.port}`),
      '--cluster-replicas', NODES / PRIMARIES - 1, '--cluster-yes')
  }

  async #rolesAndStates() {
    return Promise.all(this.nodes.map(async node => {
      const [role] = await node.redis.command('ROLE')
      const info = String(await node.redis.command('CLUSTER', 'INFO'))
      const replication = String(await node.redis.command('INFO', 'replication'))
      return {
        node, role: String(role), isOk: /cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info),
        isLinked: String(role) === 'master' ? /^connected_slaves:[1-9]/m.test(replication) : /^master_link_status:up/m.test(replication)
      }
    }))
  }

  primary() {
    return this.#primaries[0]
  }

  primaries() {
    return this.#primaries
  }

  replica(random) {
    return random.pick(this.nodes.filter(node => !this.#primaries.includes(node)))
  }

  async optionsOfRestart() {
    return {}
  }

  // Some slots move to another primary, with the records in them.
  async moveSlots(random) {
    const [from, to] = await Promise.all(random.shuffle(this.#primaries).slice(0, 2).map(({ redis }) => redis.command('CLUSTER', 'MYID')))
    await redisCli('--cluster', 'reshard', `127.0.0.1:${this.primary().redis.port}`, '--cluster-from', from, '--cluster-to', to,
      '--cluster-slots', MOVED_SLOTS, '--cluster-yes')
  }

  // A replica takes over from its primary.
  async failOver(random) {
    const { redis } = this.replica(random)
    await redis.command('CLUSTER', 'FAILOVER')
    await until('the replica is a primary', async () => String((await redis.command('ROLE'))[0]) === 'master', 8000)
  }

  // All slots are served, and each primary has a replica that follows.
  async isHealthy() {
    const states = await this.#rolesAndStates()
    const primaries = states.filter(state => state.role === 'master')
    if (primaries.length !== PRIMARIES || !states.every(state => state.isOk && state.isLinked)) {
      return false
    }
    this.#primaries = primaries.map(state => state.node)
    return true
  }

  close() {
    this.nodes?.forEach(node => node.proxy.close())
  }
}
