// Looks for what must not stand anywhere: tokens, their MACs and the clients' secrets, as bytes, in
// hexadecimal digits and in base64url.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { clients } from './settings.mjs'

const RAW = 12           // bytes of a MAC that no chance makes
const MAC_OFFSET = 26
const ENCODED = 18       // characters at the end of a token: all of its MAC

function filesBelow(folder, skip) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    return skip(path) ? [] : entry.isDirectory() ? filesBelow(path, skip) : entry.isFile() ? [path] : []
  })
}

export class Secrets {
  #raw = new Set()
  #hex = new Set()
  #encoded = new Set()
  #literal = []
  count = 0

  constructor(history, roots) {
    const tokens = new Set(history.ops.flatMap(op => [op.in?.family && op.in.token, op.out?.token, op.access?.token].filter(Boolean)))
    for (const token of tokens) {
      const bytes = Buffer.from(token, 'base64url')
      const mac = bytes.length === 42 ? bytes.subarray(MAC_OFFSET) : bytes.subarray(-16)
      this.#raw.add(mac.toString('latin1', 0, RAW))
      this.#hex.add(mac.toString('hex', 0, RAW))
      this.#encoded.add(token.slice(-ENCODED))
    }
    for (const secret of [...Object.values(clients).map(client => client.secret).filter(Boolean), ...roots]) {
      const bytes = Buffer.from(secret)
      this.#literal.push(bytes.toString('latin1'), bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''))
    }
    this.count = tokens.size + this.#literal.length / 3
  }

  // Where the first secret is in these bytes, or -1.
  find(bytes) {
    const text = bytes.toString('latin1')
    for (const literal of this.#literal) {
      const at = text.indexOf(literal)
      if (at >= 0) {
        return at
      }
    }
    for (const match of text.matchAll(/[0-9a-f]{24,}|[0-9A-F]{24,}|[A-Za-z0-9_-]{18,}/g)) {
      const run = match[0]
      for (let i = 0; i + ENCODED <= run.length; i++) {
        if (this.#encoded.has(run.slice(i, i + ENCODED)) || this.#hex.has(run.slice(i, i + 2 * RAW).toLowerCase())) {
          return match.index + i
        }
      }
    }
    for (let i = 0; i + RAW <= text.length; i++) {
      if (this.#raw.has(text.slice(i, i + RAW))) {
        return i
      }
    }
    return -1
  }

  // In all files of a folder but those that hold secrets on purpose, and in what else is given by name.
  search(folder, more = {}) {
    const onPurpose = path => /\/(?:history\.jsonl|key\d+|nginx\.conf|users)$/.test(path)
    const sources = [...filesBelow(folder, onPurpose).map(path => [path, readFileSync(path)]), ...Object.entries(more)]
    const found = []
    let size = 0
    for (const [name, bytes] of sources) {
      size += bytes.length
      const at = this.find(bytes)
      if (at >= 0) {
        found.push(`${name} has a secret at ${at}`)
      }
    }
    return { files: sources.length, found, needles: this.count, megabytes: (size / 1e6).toFixed(1) }
  }
}
