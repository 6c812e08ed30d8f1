// One redis-server in a folder of its own, behind a proxy of its own.

import { mkdirSync } from 'node:fs'

import { Process, until } from './processes.mjs'
import { ask, RedisClient } from './resp.mjs'

export class Redis {
  #options
  #preload

  constructor({ folder, port, options, preload, binary = process.env.TEST_REDIS_SERVER || 'redis-server' }) {
    Object.assign(this, { folder, port, binary })
    this.#options = options
    this.#preload = preload
    mkdirSync(folder, { recursive: true })
  }

  async start(more = {}) {
    const options = {
      port: this.port, bind: '127.0.0.1', dir: this.folder, save: '', logfile: `${this.folder}/redis.log`,
      'slowlog-log-slower-than': 0, 'slowlog-max-len': 2000, 'busy-reply-threshold': 100,
      'enable-debug-command': 'local', ...this.#options, ...more
    }
    const { binary, folder } = this
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, ...[value].flat().map(String)])
    this.process = new Process(binary, args, {
      log: `${folder}/stderr.log`, env: this.#preload ? { LD_PRELOAD: this.#preload.library, CLOCK_STEP: this.#preload.file } : {}
    })
    this.incarnation = (this.incarnation ?? 0) + 1
    await until(`Redis answers at ${this.port}`, () => {
      if (this.process.over) {
        throw new Error(`redis-server does not start: see ${folder}`)
      }
      return this.command('PING').then(reply => !/^LOADING/.test(reply.message ?? ''), () => false)
    })
  }

  command(...words) {
    return ask(this.port, ...words)
  }

  client() {
    return RedisClient.open(this.port)
  }

  freeze() {
    this.process.signal('SIGSTOP')
  }

  thaw() {
    this.process.signal('SIGCONT')
  }

  kill() {
    return this.process.kill()
  }
}
