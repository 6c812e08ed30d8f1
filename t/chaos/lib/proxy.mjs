// Stands between nginx and one Redis, understands both, writes down what Redis answered about which
// family, and does harm: to the connections as a whole by its mode, or to single replies by its rule.
//
// Modes:
//   open        nothing happens
//   refused     connections are reset, new ones too
//   blackhole   connections are accepted and nothing passes
//   mute        commands arrive at Redis, replies are lost
//
// A rule has a chance, for each command, that one of its harms is done to it:
//   drop          execute, and keep the reply
//   close_before  reset instead of executing
//   close_after   execute, and reset instead of a reply
//   truncate      execute, send a part of the reply, of any length; then reset, or nothing more
//   delay         execute, and reply up to a second later, or right away before other replies
//   duplicate     execute, and reply twice
//   dribble       execute, and reply byte by byte
//   unsolicited   execute, and send another value before the reply
//   garbage       execute, and send something else than a value
//   long          execute, and send the head of a value that is too long
//
// Sentinels and replicas also come through here: they are recognized by what they say, and pass
// unread, except that the modes may be meant for them too.

import { connect, createServer } from 'node:net'

import { Cutter, decode } from './resp.mjs'
import { readRecord } from './tokens.mjs'

export const harms = ['drop', 'close_before', 'close_after', 'truncate', 'delay', 'duplicate', 'dribble',
  'unsolicited', 'garbage', 'long']

const NONCE = 8
const SLOW_MS = 100

export class Proxy {
  #server
  #links = new Set()
  mode = 'open'
  scope = 'nginx'
  rule = null

  // `observe` is called with each answer about a family, `slow` with the times of a command that Redis
  // took its time for.
  constructor({ port, target, random, clock, observe, slow = () => {} }) {
    Object.assign(this, { port, target, random, clock, observe, slow })
    this.commands = new Map()
    this.harmed = new Map()
  }

  listen() {
    this.#server = createServer({ pauseOnConnect: true }, socket => {
      if (this.mode === 'refused' && this.scope === 'all') {
        socket.resetAndDestroy()
      } else {
        const link = new Link(this, socket)
        this.#links.add(link)
        link.gone = () => this.#links.delete(link)
      }
    })
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.port, '127.0.0.1', resolve)
    })
  }

  // `scope`: "nginx", or "all" for the peers of Redis too.
  setMode(mode, scope = 'nginx') {
    this.mode = mode
    this.scope = scope
    if (mode === 'refused' || mode === 'open') {
      for (const link of this.#links) {
        if (mode === 'refused' ? link.isMeant : link.broken) {
          link.reset()
        }
      }
    }
  }

  count(name) {
    return this.commands.get(name) ?? 0
  }

  close() {
    this.#server?.close()
    for (const link of this.#links) {
      link.reset()
    }
  }
}

class Link {
  #waiting = []  // commands without their replies, in order
  #late = []     // replies that are still to be sent, in order
  #commands = new Cutter()
  #replies = new Cutter()

  constructor(proxy, client) {
    this.proxy = proxy
    this.client = client
    this.server = connect(proxy.target, '127.0.0.1')
    this.peer = false
    this.broken = false  // something was swallowed, so nothing that follows would make sense
    this.muted = false
    for (const socket of [this.client, this.server]) {
      socket.setNoDelay(true)
      socket.on('error', () => this.reset())
      socket.on('close', () => this.reset())
    }
    this.client.on('data', bytes => this.#fromClient(bytes))
    this.server.on('data', bytes => this.#fromServer(bytes))
    this.server.once('connect', () => this.client.resume())
  }

  get isMeant() {
    return this.proxy.scope === 'all' || !this.peer
  }

  reset() {
    for (const socket of [this.client, this.server]) {
      if (!socket.destroyed) {
        socket.resetAndDestroy()
      }
    }
    this.gone()
  }

  #swallows(direction) {
    const { mode } = this.proxy
    const swallows = this.isMeant && (mode === 'blackhole' || mode === 'mute' && direction === 'replies')
    this.broken ||= swallows
    return swallows
  }

  #fromClient(bytes) {
    if (this.peer) {
      return this.#swallows('commands') || this.server.write(bytes)
    }
    for (const value of this.#commands.take(bytes)) {
      if (this.client.destroyed) {
        return
      }
      if (this.peer) {
        this.server.write(value)
      } else {
        this.#command(value)
      }
    }
    if (this.peer) {
      this.server.write(this.#commands.rest)
    }
  }

  #command(bytes) {
    const words = decode(bytes)
    const name = Array.isArray(words) ? words[0].toString().toUpperCase() : ''
    this.proxy.commands.set(name, this.proxy.count(name) + 1)
    if (['PSYNC', 'SYNC', 'REPLCONF', 'SUBSCRIBE', 'PSUBSCRIBE'].includes(name) ||
        name === 'CLIENT' && /^sentinel-/.test(words[2])) {
      this.peer = true
    }
    if (this.proxy.mode === 'refused' && this.isMeant) {
      return this.reset()
    }
    if (this.#swallows('commands')) {
      return
    }
    const harm = this.peer ? undefined : this.#chooseHarm()
    if (harm === 'close_before') {
      return this.reset()
    }
    if (!this.peer) {
      this.#waiting.push({ name, words, harm, at: this.proxy.clock() })
    }
    this.server.write(bytes)
  }

  #chooseHarm() {
    const { rule, random, harmed } = this.proxy
    if (!rule || !random.chance(rule.chance)) {
      return undefined
    }
    const harm = random.pick(rule.harms)
    harmed.set(harm, (harmed.get(harm) ?? 0) + 1)
    return harm
  }

  #fromServer(bytes) {
    if (this.peer) {
      return this.#swallows('replies') || this.client.write(bytes)
    }
    for (const value of this.#replies.take(bytes)) {
      if (this.client.destroyed) {
        return
      }
      this.#reply(value)
    }
  }

  #reply(bytes) {
    const command = this.#waiting.shift()
    if (command && this.proxy.clock() - command.at > SLOW_MS) {
      this.proxy.slow({ from: command.at, to: this.proxy.clock() })
    }
    if (command?.name === 'EVALSHA') {
      this.#observe(command, decode(bytes))
    }
    if (this.#swallows('replies') || this.muted) {
      return
    }
    const { random } = this.proxy
    switch (command?.harm) {
      case 'drop':
        this.muted = true
        return
      case 'close_after':
        return this.reset()
      case 'truncate':
        this.client.write(bytes.subarray(0, random.below(bytes.length)))
        this.muted = true
        if (random.chance(0.5)) {
          setTimeout(() => this.reset(), 5)
        }
        return
      case 'delay':
        this.#later(bytes, random.between(10, 1000))
        return
      case 'duplicate':
        return this.#send(Buffer.concat([bytes, bytes]))
      case 'dribble':
        bytes.forEach((byte, i) => this.#later(Buffer.from([byte]), i))
        return
      case 'unsolicited':
        return this.#send(Buffer.concat([Buffer.from(random.pick(['+OK\r\n', '$-1\r\n', ':1\r\n', '$2\r\nhi\r\n'])), bytes]))
      case 'garbage':
        return this.#send(random.bytes(1 + random.below(40)))
      case 'long':
        return this.#send(Buffer.from(random.pick(['$1073741824\r\n', '*1073741824\r\n', '$999999999999999999999\r\n'])))
      default:
        return this.#send(bytes)
    }
  }

  // What follows a reply that is late is late too.
  #later(bytes, milliseconds) {
    const last = this.#late.at(-1)?.at ?? 0
    this.#late.push({ bytes, at: Math.max(last, performance.now() + milliseconds) })
    if (this.#late.length === 1) {
      this.#sendLate()
    }
  }

  #sendLate() {
    setTimeout(() => {
      while (this.#late.length > 0 && this.#late[0].at <= performance.now() && !this.client.destroyed) {
        this.client.write(this.#late.shift().bytes)
      }
      if (this.#late.length > 0 && !this.client.destroyed) {
        this.#sendLate()
      }
    }, this.#late[0].at - performance.now() + 1)
  }

  #send(bytes) {
    if (this.#late.length > 0) {
      this.#later(bytes, 0)
    } else {
      this.client.write(bytes)
    }
  }

  // What a script answered: the nonce, then "M", "F" PTTL ":" record, or "W" record.
  #observe({ words, harm }, reply) {
    const answer = { key: words[3].toString(), harm }
    if (!Buffer.isBuffer(reply)) {
      answer.kind = 'E'
      answer.code = reply instanceof Error ? reply.message.split(' ')[0] : 'unexpected'
    } else {
      const body = reply.subarray(NONCE)
      answer.kind = String.fromCharCode(body[0])
      const start = answer.kind === 'F' ? body.indexOf(':') + 1 : 1
      if (answer.kind === 'F') {
        answer.pttl = Number(body.toString('latin1', 1, start - 1))
      }
      const record = 'FW'.includes(answer.kind) ? readRecord(body.subarray(start)) : null
      if (record) {
        Object.assign(answer, { state: record.state, generation: record.generation })
      }
    }
    this.proxy.observe({ at: this.proxy.clock(), ...answer })
  }
}
