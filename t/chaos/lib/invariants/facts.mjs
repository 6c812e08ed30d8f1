// What several invariants ask of a history: the operations of a family, who else had a hand in it, and
// when the store could not keep its promises. A run is { topology, waits, isLossless, ops, events,
// replies, samples, observed }.

import { LONGEST_STEP, MARGIN, PREFIX, clients, retryOf } from '../settings.mjs'
import { familyKey } from '../tokens.mjs'

export const SLACK_MS = 100   // of two measurements of one duration

export class Verdict {
  checked = 0
  violations = []
  notes = []

  // One thing was looked at; `problem` says what is wrong, if something is.
  check(problem) {
    ++this.checked
    if (problem) {
      this.violations.push(problem)
    }
  }

  static notApplicable(reason) {
    return Object.assign(new Verdict(), { notApplicable: reason })
  }
}

export const show = op =>
  `op ${op.id} (${op.agent}: ${op.kind}${op.in ? ` of generation ${op.in.generation}` : ''}, ${op.invoke.toFixed(0)}..${op.complete.toFixed(0)} ms, ` +
  `${op.outcome}${op.error ? ` ${op.error}` : ''}${op.out ? `, got generation ${op.out.generation}` : ''}, family ${op.family?.slice(-8)})`

export const isRefused = op => op.kind === 'refresh' && op.outcome === 'refused' && op.error === 'invalid_grant'
export const isOk = op => op.outcome === 'ok'

// A refresh by the one whom the token was issued to, or who has stolen it.
export const isAuthentic = op => op.kind === 'refresh' && !op.foreign && !op.forged && op.in?.generation !== undefined

export const renews = op => clients[op.client].renewal !== false

// Pairs of events as intervals.
export function intervals(events, begin, end) {
  return events.filter(event => event.type === begin).map(event => ({
    ...event, from: event.at,
    to: events.find(other => other.type === end && other.strike === (event.strike ?? event.at))?.at ?? Infinity
  }))
}

export const overlaps = (from, to) => interval => interval.from <= to && interval.to >= from

// nginx and Redis measure the age of a rotation in whole milliseconds, on clocks that tick: what ended
// so shortly before may seem to have been on its way (rounding_ms of src/rotation_rule.cpp, and one more).
const ROUNDING_MS = 16

// Whether `other` was on its way together with `op`, or may have been.
export const wereTogether = (op, other) => other !== op && (other.outcome === 'unknown' && other.invoke < op.complete ||
  overlaps(op.invoke - ROUNDING_MS, op.complete)({ from: other.invoke, to: other.complete }))

const known = new WeakMap()

export function factsOf(run) {
  if (!known.has(run)) {
    known.set(run, new Facts(run))
  }
  return known.get(run)
}

class Facts {
  constructor(run) {
    this.run = run
    this.families = new Map()
    this.issuedBy = new Map()   // token -> the operations that gave it, by completion
    const ordered = [...run.ops].sort((a, b) => a.complete - b.complete)
    for (const op of ordered) {
      if (op.family) {
        this.#family(op.family).ops.push(op)
      }
      if (op.out) {
        const all = this.issuedBy.get(op.out.token) ?? []
        this.issuedBy.set(op.out.token, all)
        all.push(op)
      }
    }
    for (const event of run.events.filter(event => event.type === 'theft')) {
      this.#family(event.family).thefts.push(event)
    }
    this.faults = intervals(run.events, 'fault', 'healed')
    this.losses = run.events.filter(event => event.type === 'loss')
    this.promotions = run.events.filter(event => event.type === 'promoted')
    // A marker proves nothing about families that were founded up to the margin before it.
    this.emptied = run.events.filter(event => event.type === 'emptied')
      .map(gap => ({ ...gap, from: gap.from - (MARGIN + 1) * 1000 }))
    this.steps = run.events.filter(event => event.type === 'step')
  }

  #family(id) {
    if (!this.families.has(id)) {
      this.families.set(id, { id, ops: [], thefts: [] })
    }
    return this.families.get(id)
  }

  family(id) {
    return this.families.get(id) ?? { id, ops: [], thefts: [] }
  }

  keyOf(family) {
    return familyKey(PREFIX, family.id)
  }

  refreshes(family) {
    return family.ops.filter(isAuthentic)
  }

  firstInvoke(family) {
    return Math.min(...family.ops.filter(op => op.kind === 'login').map(op => op.invoke), Infinity)
  }

  // Somebody else than the honest client has used the family, or could, before `time`.
  isStolen(family, time) {
    return family.thefts.some(theft => theft.at <= time)
  }

  isRevoked(family, time) {
    return family.ops.some(op => op.kind === 'revoke' && op.invoke <= time)
  }

  // The store may have forgotten that there is such a family.
  mayBeForgotten(family, time) {
    const founded = this.firstInvoke(family)
    const foundedUntil = Math.max(...family.ops.filter(op => op.kind === 'login').map(op => op.complete), founded)
    return [...this.losses, ...this.emptied].some(gap => gap.from <= time && foundedUntil >= gap.from && founded <= gap.to)
  }

  // Writes that were acknowledged may be gone.
  hasLossSince(time, until = Infinity) {
    return [...this.losses, ...this.emptied].some(gap => gap.to >= time && gap.from <= until)
  }

  // Another node took over, so that writes which nobody was told of are gone from the one before it.
  hasPromotion(from, to) {
    return this.promotions.some(gap => gap.to >= from && gap.from <= to)
  }

  // The clock of a Redis was moved meanwhile, so that an age or a TTL is not what it seems.
  isNearStep(from, to) {
    return this.steps.some(step => step.at >= from - SLACK_MS && step.at <= to + SLACK_MS)
  }

  // The clock went back, so that the rotation before `op` seems to be of now.
  seemsTogether(op) {
    return this.isNearStep(op.invoke - LONGEST_STEP * 1000, op.complete)
  }

  // An honest client's end that nobody is to blame for.
  excuse(op) {
    const family = this.family(op.in.family)
    if (this.isStolen(family, op.complete)) {
      return 'stolen'
    }
    if (this.isRevoked(family, op.complete)) {
      return 'revoked'
    }
    if (this.mayBeForgotten(family, op.complete)) {
      return 'forgotten'
    }
    const attempts = family.ops.filter(other => other.in?.token === op.in.token && other.invoke < op.invoke)
    if (attempts.length > 0 && this.isNearStep(attempts[0].invoke, op.complete)) {
      return 'clock'
    }
    return this.mayHaveExpired(op) ? 'expired' : undefined
  }

  // The earliest time at which the token can have been issued: its predecessor may have been used without
  // an answer.
  earliestIssue(op) {
    const before = this.family(op.in.family).ops.filter(other => other.in?.generation === op.in.generation - 1)
    return Math.min(...[...before, ...this.issuedBy.get(op.in.token) ?? []].map(other => other.invoke))
  }

  mayHaveExpired(op) {
    const { validity, lifetime } = clients[op.client]
    const issued = this.earliestIssue(op)
    const slack = 1500 + (this.isNearStep(issued, op.complete) ? 5000 : 0)
    const wall = this.run.wallClock + op.complete
    return op.complete + slack >= issued + validity * 1000 ||
      lifetime > 0 && wall + slack >= (op.in.grantedAt + lifetime) * 1000
  }

  windowMs(op) {
    return retryOf(op.client) * 1000
  }

  // For how long Redis was in trouble between two times, generously.
  troubleMs(from, to) {
    return this.faults.filter(fault => fault.where === 'store').filter(overlaps(from, to))
      .reduce((sum, fault) => sum + Math.min(fault.to, to) - Math.max(fault.from, from) + 2000, 0)
  }
}
