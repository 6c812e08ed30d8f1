// One primary, two replicas and three Sentinels. Each Redis announces the port of its proxy, so that
// nginx, the replicas and the Sentinels all reach it through that, and a failover goes as it does on
// hosts of their own.

import { mkdirSync, writeFileSync } from 'node:fs'

import { freePort, Process, until } from './processes.mjs'
import { Redis } from './redis.mjs'
import { ask } from './resp.mjs'

const NAME = 'mymaster'
const NODES = 3
const SENTINELS = 3
const DOWN_AFTER_MS = 1000

export class Sentinel {
  name = 'sentinel'
  isLossless = false
  #sentinels = []
  #primary

  async start(world) {
    this.nodes = []
    for (let i = 0; i < NODES; i++) {
      const [port, proxyPort] = [await freePort(), await freePort()]
      const redis = new Redis({
        folder: `${world.folder}/redis${i}`, port,
        options: {
          appendonly: 'yes', appendfsync: 'always', 'replica-announce-ip': '127.0.0.1', 'replica-announce-port': proxyPort,
          'repl-diskless-sync-delay': 0, 'repl-ping-replica-period': 1, 'repl-timeout': 5, 'repl-backlog-size': '8mb'
        }
      })
      this.nodes.push({ name: `redis${i}`, redis, proxy: world.makeProxy(`redis${i}`, proxyPort, port), port: proxyPort })
    }
    await Promise.all(this.nodes.flatMap(({ redis, proxy }) => [redis.start(), proxy.listen()]))
    for (const { redis } of this.nodes.slice(1)) {
      await redis.command('REPLICAOF', '127.0.0.1', this.nodes[0].port)
    }
    await until('the replicas are in step', () => this.#inStep(this.nodes[0]))
    await this.#startSentinels(world)
    this.#primary = this.nodes[0]
    await until('the Sentinels know each other and the replicas', () => this.#sentinelsKnowAll())
    // All of them: any may take over, and a Sentinel does not know which has what.
    this.confirmations = NODES - 1
    this.store = ['mode sentinel;', `primary ${NAME};`, ...this.#sentinels.map(port => `server redis://127.0.0.1:${port};`)]
  }

  async #startSentinels(world) {
    for (let i = 0; i < SENTINELS; i++) {
      const folder = `${world.folder}/sentinel${i}`
      const port = await freePort()
      mkdirSync(folder)
      writeFileSync(`${folder}/sentinel.conf`, `port ${port}
bind 127.0.0.1
dir ${folder}
logfile ${folder}/redis.log
sentinel monitor ${NAME} 127.0.0.1 ${this.nodes[0].port} 2
sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}
sentinel failover-timeout ${NAME} 4000
sentinel parallel-syncs ${NAME} 2
`)
      new Process(process.env.TEST_REDIS_SERVER || 'redis-server', [`${folder}/sentinel.conf`, '--sentinel'], { log: `${folder}/stderr.log` })
      this.#sentinels.push(port)
    }
  }

  async #sentinelsKnowAll() {
    const states = await Promise.all(this.#sentinels.map(port => this.#masterState(port).catch(() => ({}))))
    return states.every(state => state['num-slaves'] === String(NODES - 1) && state['num-other-sentinels'] === String(SENTINELS - 1) &&
      state.flags === 'master')
  }

  async #masterState(port) {
    const words = (await ask(port, 'SENTINEL', 'MASTER', NAME)).map(String)
    return Object.fromEntries(words.flatMap((word, i) => i % 2 === 0 ? [[word, words[i + 1]]] : []))
  }

  // Where most Sentinels send a client.
  async #findPrimary() {
    const votes = new Map()
    for (const port of this.#sentinels) {
      const [, primaryPort] = await ask(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)
      votes.set(Number(primaryPort), (votes.get(Number(primaryPort)) ?? 0) + 1)
    }
    const [port, count] = [...votes].sort((a, b) => b[1] - a[1])[0]
    return count === SENTINELS ? this.nodes.find(node => node.port === port) : undefined
  }

  async #inStep(primary) {
    const info = String(await primary.redis.command('INFO', 'replication'))
    const online = info.match(/^slave\d+:.*state=online/gm) ?? []
    return /^role:master/m.test(info) && online.length === NODES - 1
  }

  primary() {
    return this.#primary
  }

  primaries() {
    return [this.#primary]
  }

  replicasOf(primary) {
    return this.nodes.filter(node => node !== primary)
  }

  // A node other than the primary.
  replica(random) {
    return random.pick(this.replicasOf(this.#primary))
  }

  // What a node is started with again: mostly what an operator would tell it, sometimes nothing.
  async optionsOfRestart(node, random) {
    const primary = await this.#findPrimary().catch(() => undefined)
    const follows = primary && primary !== node && random.chance(0.7)
    return follows ? { replicaof: ['127.0.0.1', primary.port] } : {}
  }

  // Tells a Sentinel to promote a replica.
  async failOver(random) {
    await ask(random.pick(this.#sentinels), 'SENTINEL', 'FAILOVER', NAME)
    await until('all Sentinels name another primary', async () => {
      const primary = await this.#findPrimary()
      return primary && primary !== this.#primary
    }, 15000)
  }

  // All agree on one primary, and the others follow it.
  async isHealthy() {
    const primary = await this.#findPrimary()
    if (!primary || !await this.#inStep(primary) || !await this.#sentinelsKnowAll()) {
      return false
    }
    this.#primary = primary
    return true
  }

  close() {
    this.nodes?.forEach(node => node.proxy.close())
  }
}
