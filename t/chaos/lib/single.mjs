// One Redis with an AOF that is synced at every write.

import { cpSync, renameSync, rmSync } from 'node:fs'

import { freePort } from './processes.mjs'
import { Redis } from './redis.mjs'

export class Single {
  name = 'single'
  isLossless = true

  async start(world) {
    this.world = world
    const [port, proxyPort] = [await freePort(), await freePort()]
    const redis = new Redis({
      folder: `${world.folder}/redis`, port, preload: world.preload,
      options: { appendonly: 'yes', appendfsync: 'always' }
    })
    const proxy = world.makeProxy('redis', proxyPort, port)
    await Promise.all([redis.start(), proxy.listen()])
    this.nodes = [{ name: 'redis', redis, proxy }]
    this.store = [`server redis://127.0.0.1:${proxyPort};`]
  }

  // The node that takes the writes now.
  primary() {
    return this.nodes[0]
  }

  // Where the records are: what a sample has to read.
  primaries() {
    return this.nodes
  }

  async optionsOfRestart() {
    return {}
  }

  #files(name = 'appendonlydir') {
    return `${this.nodes[0].redis.folder}/${name}`
  }

  keepCopy() {
    rmSync(this.#files('copy'), { recursive: true, force: true })
    cpSync(this.#files(), this.#files('copy'), { recursive: true })
  }

  // As it was at keepCopy().
  async restartFromCopy() {
    const { redis } = this.nodes[0]
    await redis.kill()
    rmSync(this.#files(), { recursive: true })
    renameSync(this.#files('copy'), this.#files())
    await redis.start()
  }

  async restartEmpty() {
    const { redis } = this.nodes[0]
    await redis.kill()
    renameSync(this.#files(), this.#files('aside'))
    await redis.start()
  }

  // After restartEmpty(): somebody has found the data.
  async restore() {
    const { redis } = this.nodes[0]
    await redis.kill()
    rmSync(this.#files(), { recursive: true })
    renameSync(this.#files('aside'), this.#files())
    await redis.start()
  }

  // True when everything is in its place and a write is taken.
  async isHealthy() {
    const reply = await this.nodes[0].redis.command('SET', 'chaos:health', '1', 'PX', 1)
    return String(reply) === 'OK'
  }

  close() {
    this.nodes?.forEach(node => node.proxy.close())
  }
}
