// What a run starts: every process is ended by its pid with the run, however that ends.

import { spawn } from 'node:child_process'
import { openSync, closeSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const running = new Set()

export class Process {
  constructor(command, args, { log, env }) {
    const out = openSync(log, 'a')
    this.child = spawn(command, args, { stdio: ['ignore', out, out], env: { ...process.env, ...env } })
    closeSync(out)
    this.pid = this.child.pid
    running.add(this)
    this.ended = new Promise(resolve => {
      const end = () => { running.delete(this); this.over = true; resolve() }
      this.child.once('exit', end)
      this.child.once('error', end)
    })
  }

  signal(name) {
    if (!this.over) {
      this.child.kill(name)
    }
  }

  async kill() {
    this.signal('SIGCONT')
    this.signal('SIGKILL')
    await this.ended
  }

  // Whether it has ended by itself in time.
  ends(milliseconds) {
    return Promise.race([this.ended.then(() => true), sleep(milliseconds, false, { ref: false })])
  }
}

export async function endAll() {
  const all = [...running]
  for (const each of all) {
    for (const pid of childrenOf(each.pid)) {
      signalProcess(pid, 'SIGKILL')
    }
  }
  await Promise.all(all.map(each => each.kill()))
}

export function signalProcess(pid, name) {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (error.code !== 'ESRCH') {
      throw error
    }
  }
}

export function childrenOf(parent) {
  const found = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) {
      continue
    }
    try {
      const [, state, ppid] = readFileSync(`/proc/${entry}/stat`, 'latin1').match(/\) (\S) (\d+)/)
      if (Number(ppid) === parent && state !== 'Z') {
        found.push(Number(entry))
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return found.sort((a, b) => a - b)
}

// Below the range from which the kernel takes the ports of outgoing connections; a Redis of a cluster
// also listens at a port 10000 above its own.
let nextPort = 10000 + process.pid * 13 % 9000

function isFree(port) {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export async function freePort() {
  for (let tries = 0; tries < 5000; tries++) {
    nextPort = nextPort >= 19900 ? 10000 : nextPort + 1
    if (await isFree(nextPort) && await isFree(nextPort + 10000)) {
      return nextPort
    }
  }
  throw new Error('no free port')
}

// Waits until `condition` is true, or fails.
export async function until(what, condition, milliseconds = 20000) {
  const end = performance.now() + milliseconds
  while (!await condition()) {
    if (performance.now() > end) {
      throw new Error(`waited in vain until ${what}`)
    }
    await sleep(20)
  }
}
