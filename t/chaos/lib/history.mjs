// What happened in a run, in the order in which it was noticed. Times are milliseconds since the
// beginning, of the monotonic clock. The lists:
//
//   ops       requests: { id, agent, kind, client, subject, family, in, out, invoke, complete, outcome,
//             ...}, where `in` and `out` are { token, family, generation, grantedAt, keyId }
//   events    { type, at, ... }: faults and what they mean for promises, thefts, restarts
//   replies   what Redis answered about a family: { at, node, key, kind, state, generation, harm }
//   samples   the records that Redis has: { at, node, incarnation, records }
//
// An outcome is "ok" (200), "refused" (any other answer of a client's fault) or "unknown" (5xx, no
// answer): then the operation may or may not have happened.

import { createWriteStream } from 'node:fs'

export class History {
  ops = []
  events = []
  replies = []
  samples = []
  #begun = process.hrtime.bigint()
  #file

  constructor(path) {
    this.#file = path ? createWriteStream(path) : null
    this.#file?.on('error', () => {})
    this.wallClock = Date.now()
  }

  clock = () => Number(process.hrtime.bigint() - this.#begun) / 1e6

  #add(list, entry) {
    this[list].push(entry)
    this.#file?.write(`${JSON.stringify({ list, ...entry })}\n`)
    return entry
  }

  op(entry) {
    return this.#add('ops', { id: this.ops.length, ...entry })
  }

  event(type, more = {}) {
    return this.#add('events', { type, at: this.clock(), ...more })
  }

  reply(entry) {
    return this.#add('replies', entry)
  }

  sample(entry) {
    return this.#add('samples', entry)
  }

  close() {
    this.#file?.end()
  }
}
