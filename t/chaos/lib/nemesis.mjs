// What goes wrong. A fault is injected, lasts, and is healed; it may say what cannot happen while it
// lasts (`blocks`), how bad it may be for promises, and which alerts of the log are its own. Faults of
// Redis hit one after the other; nginx may be reloaded or lose a worker in the middle of one.

import { setTimeout as sleep } from 'node:timers/promises'

import { nginxFaults } from './nginx_faults.mjs'
import { storeFaults } from './store_faults.mjs'

export const faults = [...storeFaults, ...nginxFaults]

// Those of a run: of its topology, among `only` if that is given, and not among `without`.
export function faultsFor(topology, { only, without = [] }) {
  for (const name of [...only ?? [], ...without]) {
    if (!faults.some(fault => fault.name === name)) {
      throw new Error(`there is no fault "${name}"`)
    }
  }
  return faults.filter(fault => (fault.topologies ?? [topology]).includes(topology) && !without.includes(fault.name) &&
    (only ?? [fault.name]).includes(fault.name))
}

const UNREPLICATED_MS = 1000

export class Nemesis {
  #bag = []
  injected = new Map()
  failed = new Map()   // faults that could not be injected as they were meant

  constructor(world, faults) {
    this.world = world
    this.faults = faults
    this.random = world.random.stream('nemesis')
  }

  // Strikes until `end`, a time of the history's clock; everything is healed then.
  async run(end) {
    const { history } = this.world
    while (history.clock() < end) {
      await sleep(this.random.between(600, 1200))
      const fault = this.#next()
      const left = end - history.clock()
      const primaries = this.world.topology.primaries()
      const from = history.clock()
      await Promise.all([this.strike(fault, left), this.#strikeNginxToo(fault, left)])
      await this.world.settles()
      this.#noteLoss(from, primaries)
    }
  }

  // A replica that was promoted may lack what its primary had acknowledged, unless nginx waits for it.
  #noteLoss(from, primaries) {
    const { history, topology, waits } = this.world
    const promoted = topology.primaries().some(node => !primaries.includes(node))
    if (promoted) {
      history.event('promoted', { from, to: history.clock() })
    }
    if (promoted && !waits) {
      history.event('loss', { from: from - UNREPLICATED_MS, to: history.clock() })
    }
  }

  // Each fault once, in any order, before one comes again.
  #next() {
    if (this.#bag.length === 0) {
      this.#bag = this.random.shuffle(this.faults)
    }
    return this.#bag.pop()
  }

  async #strikeNginxToo(fault, left) {
    const partners = this.faults.filter(other => other.goesWithOthers)
    if (fault.where !== 'store' || partners.length === 0 || !this.random.chance(0.25)) {
      return
    }
    await sleep(this.random.between(0, 600))
    await this.strike(this.random.pick(partners), left)
  }

  // Outages are often short, and now and then longer than the retry window and its margin.
  #duration([low, high, longest], left) {
    const drawn = longest && this.random.chance(0.3) ? this.random.between(high, longest) : this.random.between(low, high)
    return Math.min(drawn, Math.max(left, low))
  }

  async strike(fault, left) {
    const { history, topology } = this.world
    const { name } = fault
    const strike = history.event('fault', { name, where: fault.where }).at
    this.injected.set(name, (this.injected.get(name) ?? 0) + 1)
    let heal
    try {
      heal = await fault.inject(this.world, this.random)
    } catch (error) {
      this.failed.set(name, (this.failed.get(name) ?? 0) + 1)
      history.event('failed', { name, strike, text: error.message })
    }
    const blocks = topology.nodes.length === 1 || fault.hitsAll ? fault.blocks : undefined
    history.event('injected', { name, strike, blocks })
    if (heal) {
      await sleep(this.#duration(fault.lasts, left))
      history.event('healing', { name, strike })
      await heal()
    }
    history.event('healed', { name, strike, where: fault.where })
  }

  // What the log may say at [alert] after the faults that were injected.
  expectedAlerts() {
    return this.faults.filter(fault => this.injected.has(fault.name)).flatMap(fault => fault.alerts ?? [])
  }
}
