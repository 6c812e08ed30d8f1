// Random numbers of a seed. Each part of a run has a stream of its own, so that what one part draws
// does not change what another one gets.

import { createHash } from 'node:crypto'

export class Random {
  #a
  #b
  #c
  #count = 1

  constructor(seed) {
    this.seed = String(seed)
    const digest = createHash('sha256').update(this.seed).digest()
    this.#a = digest.readInt32LE(0)
    this.#b = digest.readInt32LE(4)
    this.#c = digest.readInt32LE(8)
  }

  // The stream of this name below this one.
  stream(name) {
    return new Random(`${this.seed}/${name}`)
  }

  // From 0 to below 1 (sfc32).
  next() {
    const sum = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0
    return (sum >>> 0) / 2 ** 32
  }

  below(limit) {
    return Math.floor(this.next() * limit)
  }

  between(low, high) {
    return low + this.next() * (high - low)
  }

  chance(probability) {
    return this.next() < probability
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  shuffle(list) {
    const result = [...list]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[result[i], result[j]] = [result[j], result[i]]
    }
    return result
  }

  bytes(size) {
    return Buffer.from(Array.from({ length: size }, () => this.below(256)))
  }
}
