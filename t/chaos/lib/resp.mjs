// The protocol of Redis: where a value ends in a buffer, what it says, and a small client.

import { connect } from 'node:net'

const CR = 13

// The end of the value that begins at `start`, or -1 if it is not all there. Text that is no value ends
// with its line.
function endOfValue(buffer, start = 0) {
  const line = buffer.indexOf('\r\n', start, 'latin1')
  if (line < 0) {
    return -1
  }
  const size = Number(buffer.toString('latin1', start + 1, line))
  const type = String.fromCharCode(buffer[start])
  if (type === '$') {
    const end = size < 0 ? line + 2 : line + 2 + size + 2
    return end <= buffer.length ? end : -1
  }
  let end = line + 2
  for (let i = 0; type === '*' && i < size; i++) {
    end = endOfValue(buffer, end)
    if (end < 0) {
      return -1
    }
  }
  return end
}

// A whole value: a Buffer, a number, null, an array of them, or an Error that Redis gave.
export function decode(buffer, position = { at: 0 }) {
  const line = buffer.indexOf(CR, position.at)
  const type = String.fromCharCode(buffer[position.at])
  const text = buffer.toString('utf8', position.at + 1, line)
  position.at = line + 2
  switch (type) {
    case '+': return Buffer.from(text)
    case '-': return new Error(text)
    case ':': return Number(text)
    case '$': {
      if (Number(text) < 0) {
        return null
      }
      const content = buffer.subarray(position.at, position.at + Number(text))
      position.at += content.length + 2
      return content
    }
    case '*': return Number(text) < 0 ? null : Array.from({ length: Number(text) }, () => decode(buffer, position))
    default: return new Error(`not a value: ${type}${text}`)
  }
}

export function encode(words) {
  const parts = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}

// Cuts a stream of bytes into values.
export class Cutter {
  #rest = Buffer.alloc(0)

  take(bytes) {
    const values = []
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    for (let end; (end = this.#rest.length > 0 ? endOfValue(this.#rest) : -1) >= 0;) {
      values.push(this.#rest.subarray(0, end))
      this.#rest = this.#rest.subarray(end)
    }
    return values
  }

  get rest() {
    return this.#rest
  }
}

// One connection, one command after the other. A command fails if the connection breaks or nothing
// comes in time; it resolves with an Error if that is what Redis answers.
export class RedisClient {
  #socket
  #cutter = new Cutter()
  #waiting = []

  static open(port, milliseconds = 2000) {
    const client = new RedisClient()
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      client.#socket = socket
      const timer = setTimeout(() => socket.destroy(new Error('does not connect in time')), milliseconds)
      socket.once('connect', () => { clearTimeout(timer); resolve(client) })
      socket.on('error', error => { clearTimeout(timer); reject(error) })
      socket.on('close', () => client.#fail(new Error('the connection is closed')))
      socket.on('data', bytes => {
        for (const value of client.#cutter.take(bytes)) {
          client.#waiting.shift()?.resolve(decode(value))
        }
      })
    })
  }

  // With the time limit in front, if it is not the usual one.
  command(...words) {
    const milliseconds = typeof words[0] === 'object' && words[0].within ? words.shift().within : 5000
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#socket.destroy(new Error('no reply')), milliseconds)
      this.#waiting.push({
        resolve: value => { clearTimeout(timer); resolve(value) },
        reject: error => { clearTimeout(timer); reject(error) }
      })
      if (this.#socket.destroyed) {
        this.#fail(new Error('the connection is closed'))
      } else {
        this.#socket.write(encode(words))
      }
    })
  }

  #fail(error) {
    for (const waiter of this.#waiting.splice(0)) {
      waiter.reject(error)
    }
  }

  close() {
    this.#socket.destroy()
  }
}

// One command over a connection of its own.
export async function ask(port, ...words) {
  const client = await RedisClient.open(port)
  try {
    return await client.command(...words)
  } finally {
    client.close()
  }
}
