// Histories written by hand, for the tests of the invariants.

import { tagOf, familyKey } from './tokens.mjs'
import { PREFIX } from './settings.mjs'

const WALL_CLOCK = 1_800_000_000_000

export const familyOf = (subject, number = 1) => tagOf(subject) + String(number).padStart(20, '0')

export class Story {
  ops = []
  events = []
  replies = []
  samples = []
  wallClock = WALL_CLOCK
  topology = 'single'
  isLossless = true
  waits = false
  observed = {
    lagMs: 0, isChecked: false, log: '', expectedAlerts: [], quitInTime: true, garbage: { sent: 10, commands: 0 },
    resources: {
      before: [{ descriptors: 20, resident: 9000 }], after: [{ descriptors: 20, resident: 9100 }],
      storeConnections: { redis: 2 }, expectedConnections: 2, keys: 1, most: 1
    },
    secrets: { files: 3, found: [], needles: 2, megabytes: '0.1' }
  }

  token(family, generation, grantedAt = WALL_CLOCK / 1000) {
    return { token: `${family}.${generation}`, family, generation, grantedAt, keyId: 1 }
  }

  op(more) {
    const { invoke, complete = invoke + 10, status = 200 } = more
    const op = {
      id: this.ops.length, agent: 'alice', client: 'app', subject: 'alice', isOurs: true, noStore: true, json: {},
      outcome: status === 200 ? 'ok' : status >= 500 || status === 0 ? 'unknown' : 'refused', status, complete, ...more
    }
    if (status === 503) {
      Object.assign(op, { error: 'temporarily_unavailable', retryAfter: '1' })
    }
    op.family ??= op.in?.family ?? op.out?.family
    if (op.outcome === 'ok' && op.out && !op.access) {
      op.access = { subject: op.subject, client: op.client, family: op.out.family }
    }
    this.ops.push(op)
    return op
  }

  login(invoke, more = {}) {
    const { subject = 'alice' } = more
    return this.op({ kind: 'login', honest: true, invoke, out: this.token(familyOf(subject), 1), ...more })
  }

  // With the token of a generation; `to` is the generation of the answer.
  refresh(invoke, generation, more = {}) {
    const { to = generation + 1, subject = 'alice', number, ...rest } = more
    const family = familyOf(subject, number)
    const isFine = (rest.status ?? 200) === 200
    return this.op({
      kind: 'refresh', honest: true, invoke, subject, in: this.token(family, generation),
      out: isFine ? this.token(family, to) : undefined, ...rest
    })
  }

  // A refusal, and what Redis said before it: by default that the family is revoked.
  refused(invoke, generation, more = {}) {
    const { says = { kind: 'F', state: 'R', generation: generation + 1 }, ...rest } = more
    const op = this.refresh(invoke, generation, { status: 400, error: 'invalid_grant', ...rest })
    if (says) {
      this.replies.push({ at: op.invoke + 1, node: 'redis', key: familyKey(PREFIX, op.in.family), ...says })
    }
    return op
  }

  revoke(invoke, generation, more = {}) {
    const subject = more.subject ?? 'alice'
    return this.op({ kind: 'revoke', invoke, in: this.token(familyOf(subject), generation), ...more })
  }

  event(type, at, more = {}) {
    this.events.push({ type, at, ...more })
    return this
  }

  fault(name, from, to, more = {}) {
    return this.event('fault', from, { name, where: 'store', ...more }).event('injected', from, { name, strike: from, ...more })
      .event('healing', to, { name, strike: from }).event('healed', to, { name, strike: from })
  }

  sample(at, records) {
    const all = Object.fromEntries(Object.entries(records).map(([key, record]) =>
      [key, { pttl: 1000000, size: 80, parses: true, state: 'L', generation: 1, ttl: 3600, ...record }]))
    this.samples.push({ at, until: at + 1, node: 'redis', incarnation: 1, records: all })
    return this
  }

  metrics(refresh = {}, login = {}) {
    const none = { issued: 0, rotated: 0, retried: 0, overtaken: 0, healed: 0, renewal_off: 0, rejected: 0, replayed: 0, unavailable: 0 }
    this.observed.metrics = { requests: { refresh_token: { ...none, ...refresh }, password: { ...none, ...login } } }
    return this
  }
}
