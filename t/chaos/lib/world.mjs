// Everything that a run starts: a topology of Redis, nginx before it, the agents; and what is measured
// of them from outside. All of it is in one scratch folder.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { Cluster } from './cluster.mjs'
import { History } from './history.mjs'
import { Nginx, openFolder, rootKeys } from './nginx.mjs'
import { endAll, freePort, until } from './processes.mjs'
import { Proxy } from './proxy.mjs'
import { Random } from './random.mjs'
import { Requests } from './requests.mjs'
import { Sentinel } from './sentinel.mjs'
import { PREFIX } from './settings.mjs'
import { Single } from './single.mjs'
import { Tokens, readRecord } from './tokens.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const topologies = { single: Single, sentinel: Sentinel, cluster: Cluster }
const KEYS = 6

// All records of a node, in one moment.
const readAll = `
local result = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local value = redis.call('TYPE', key).ok == 'string' and redis.call('GET', key)
  if value then
    result[#result + 1] = key
    result[#result + 1] = value
    result[#result + 1] = redis.call('PTTL', key)
  end
end
return result`

export class World {
  revoking = true

  constructor({ seed, topology, waits = false, module, folder }) {
    this.random = new Random(seed)
    this.seed = seed
    this.waits = waits
    this.module = module
    this.folder = openFolder(folder ?? mkdtempSync(join(tmpdir(), 'oauth2-chaos-')))
    this.history = new History(`${this.folder}/history.jsonl`)
    this.roots = rootKeys(seed, KEYS)
    this.tokens = new Tokens(this.roots, PREFIX)
    this.topology = new topologies[topology]()
  }

  makeProxy(name, port, target) {
    return new Proxy({
      port, target, random: this.random.stream(`proxy ${name}`), clock: this.history.clock,
      observe: entry => this.history.reply({ node: name, ...entry }), slow: times => this.history.event('slow', times)
    })
  }

  // The library that steps the clock of a Redis, and its file; none on a machine without a compiler.
  #buildClock() {
    const [library, file] = [`${this.folder}/clock_step.so`, `${this.folder}/clock_step`]
    this.stepClock = seconds => {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(seconds)
      writeFileSync(file, bytes, { flag: 'r+' })
    }
    writeFileSync(file, Buffer.alloc(8))
    execFileSync(process.env.CC || 'cc', ['-O1', '-shared', '-fPIC', '-o', library, join(here, 'clock_step.c'), '-ldl'])
    this.preload = { library, file }
  }

  async start(subjects) {
    this.#buildClock()
    await this.topology.start(this)
    this.nginx = new Nginx({
      folder: openFolder(`${this.folder}/nginx`), port: await freePort(), roots: this.roots, subjects,
      module: this.module, store: [...this.topology.store, ...(this.waits ? [`wait ${this.topology.confirmations} 100ms rotate;`] : [])]
    })
    await this.nginx.start()
    this.requests = new Requests({ port: this.nginx.port, history: this.history, tokens: this.tokens })
  }

  // What the records are now, on each node that takes writes; nothing of one that does not answer.
  async sample() {
    for (const { name, redis } of this.topology.primaries()) {
      const at = this.history.clock()
      try {
        const values = await redis.command({ within: 1000 }, 'EVAL', readAll, 0, `${PREFIX}:{*`)
        if (!Array.isArray(values)) {
          continue
        }
        const records = {}
        for (let i = 0; i < values.length; i += 3) {
          const record = readRecord(values[i + 1])
          records[values[i].toString()] = {
            pttl: values[i + 2], size: values[i + 1].length, parses: record !== null, state: record?.state,
            generation: record?.generation, ttl: record?.ttl
          }
        }
        this.history.sample({ at, until: this.history.clock(), node: name, incarnation: redis.incarnation, records })
      } catch {
        // It is down.
      }
    }
  }

  async sampleUntilStopped() {
    while (!this.stopped) {
      await this.sample()
      await sleep(400)
    }
  }

  // How many connections nginx has to each Redis.
  async storeConnections() {
    const counts = {}
    for (const { name, redis } of this.topology.nodes) {
      const list = String(await redis.command('CLIENT', 'LIST', 'TYPE', 'normal'))
      counts[name] = list.split('\n').filter(line => /cmd=(evalsha|ping|set|script\|load|info|wait|role|asking)/.test(line) &&
        !/name=sentinel/.test(line)).length
    }
    return counts
  }

  async keyCount() {
    let count = 0
    for (const { redis } of this.topology.primaries()) {
      count += (await redis.command('KEYS', `${PREFIX}:{*`)).length
    }
    return count
  }

  // Everything is repaired and nginx has noticed.
  async settles() {
    await until('the store is healthy', () => this.topology.isHealthy().catch(() => false), 30000)
    await until('nginx sees the store', async () => (await this.requests.metrics())?.stores.every(store => store.state === 'up'), 30000)
  }

  async close({ keep = false } = {}) {
    this.stopped = true
    this.requests?.close()
    this.topology.close()
    await endAll()
    this.history.close()
    if (!keep) {
      await sleep(50)
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}
