// How the server behaves as a server: I16 to I22, and I24.

import { BUDGET_MS } from '../settings.mjs'
import { Verdict, factsOf, overlaps, show } from './facts.mjs'

const knownErrors = ['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type',
  'invalid_scope', 'temporarily_unavailable']

// Atomic error. An answer that is no success has no token, is not stored, and has a known code.
export function I16(run) {
  const verdict = new Verdict()
  for (const op of run.ops.filter(op => op.isOurs && op.kind !== 'api')) {
    const failed = op.status !== 200
    verdict.check(failed && (op.out || op.access || op.json.refresh_token || op.json.access_token) && `${show(op)} failed with tokens`)
    verdict.check(!op.noStore && `${show(op)} may be stored`)
    verdict.check(failed && !knownErrors.includes(op.error) && `${show(op)} has the unknown error ${op.error}`)
    verdict.check((op.status === 503) !== (op.error === 'temporarily_unavailable') && `${show(op)} has the status ${op.status}`)
    verdict.check(op.status === 503 && !/^[1-9]\d*$/.test(op.retryAfter ?? '') && `${show(op)} has no Retry-After`)
  }
  return verdict
}

// Stateless reject. Forged tokens ask nothing of Redis.
export function I17(run) {
  const { garbage } = run.observed
  if (!garbage) {
    return Verdict.notApplicable('it was not measured')
  }
  const verdict = new Verdict()
  verdict.checked = garbage.sent
  if (garbage.commands !== 0) {
    verdict.violations.push(`${garbage.sent} forged tokens cost ${garbage.commands} commands`)
  }
  return verdict
}

// Reload. With a healthy Redis it costs no request; one that has no time is not.
export function I18(run) {
  const verdict = new Verdict()
  const { faults } = factsOf(run)
  const calm = faults.filter(fault => ['nginx reload', 'key rotation'].includes(fault.name) &&
    !faults.some(other => other !== fault && overlaps(fault.from - 250, fault.to + 250)(other)))
  const slow = run.events.filter(event => event.type === 'slow')
  if (calm.length === 0) {
    return Verdict.notApplicable('nginx was not reloaded while all else was well')
  }
  for (const op of run.ops.filter(op => !op.keepAlive && op.failure !== 'ABORTED')) {
    const reload = calm.find(overlaps(op.invoke, op.complete))
    if (reload) {
      const isStarved = op.status === 503 && slow.some(overlaps(op.invoke - BUDGET_MS, op.complete))
      verdict.check(op.outcome === 'unknown' && !isStarved && `${show(op)} was lost (${op.status || op.failure}) by a reload`)
    }
  }
  return verdict
}

const trouble = /\[(?:alert|emerg)\]|Sanitizer|runtime error:|open socket|count is zero|exited on signal|terminate called/

// Exit. Workers go in time, and the log has no alert that no fault explains.
export function I19(run) {
  const { log, expectedAlerts, quitInTime } = run.observed
  const verdict = new Verdict()
  for (const line of log.split('\n')) {
    if (trouble.test(line)) {
      verdict.check(!expectedAlerts.some(pattern => pattern.test(line)) && `the log says: ${line.slice(0, 300)}`)
    }
  }
  verdict.check(!quitInTime && 'nginx did not quit in time')
  for (const restart of run.events.filter(event => event.type === 'restarted')) {
    verdict.check(!restart.inTime && `nginx did not quit in time at ${restart.from.toFixed(0)} ms`)
  }
  return verdict
}

const MARGIN_MS = 1000
const slowNginx = ['no descriptors', 'no connections', 'nginx quit', 'kill -9 of a worker']

// Bounded time. A request ends in connect_timeout and twice timeout, whatever Redis does.
export function I20(run) {
  const verdict = new Verdict()
  const busy = factsOf(run).faults.filter(fault => slowNginx.includes(fault.name))
  const limit = BUDGET_MS + MARGIN_MS + run.observed.lagMs
  for (const op of run.ops.filter(op => !busy.some(overlaps(op.invoke, op.complete)))) {
    const took = op.complete - op.invoke
    verdict.check(took > limit && `${show(op)} took ${took.toFixed(0)} ms`)
  }
  return verdict
}

const GROWTH_KIB = 12 * 1024

// Resources. They are what they were before the load; a worker may know more nodes of the store by then.
export function I21(run) {
  const { resources } = run.observed
  if (!resources) {
    return Verdict.notApplicable('it was not measured')
  }
  const verdict = new Verdict()
  const { before, after, storeConnections, expectedConnections, keys, most } = resources
  const descriptors = Math.max(...before.map(worker => worker.descriptors)) + Object.keys(storeConnections).length - 1
  const resident = Math.max(...before.map(worker => worker.resident))
  for (const worker of after) {
    verdict.check(worker.descriptors > descriptors && `a worker has ${worker.descriptors} descriptors, and had ${descriptors}`)
    if (!run.observed.isChecked) {
      verdict.check(worker.resident > resident + GROWTH_KIB && `a worker has ${worker.resident} KiB, and had ${resident}`)
    }
  }
  for (const [node, count] of Object.entries(storeConnections)) {
    verdict.check(count > expectedConnections && `${node} has ${count} connections of nginx, not ${expectedConnections}`)
  }
  verdict.check(keys > most && `Redis has ${keys} families, and at most ${most} were founded`)
  return verdict
}

// Secrets. Nothing that was issued stands anywhere at rest.
export function I22(run) {
  const { secrets } = run.observed
  if (!secrets) {
    return Verdict.notApplicable('it was not looked for')
  }
  const verdict = new Verdict()
  verdict.checked = secrets.files
  verdict.violations = secrets.found
  verdict.notes = [`${secrets.needles} secrets in ${secrets.megabytes} MB`]
  return verdict
}

const classOf = { issued: 'ok', rotated: 'ok', retried: 'ok', overtaken: 'ok', healed: 'ok', renewal_off: 'ok',
  rejected: 'refused', replayed: 'refused', unavailable: 'unknown' }

// Meter truth. The counters agree with what the clients saw.
export function I24(run) {
  const { metrics } = run.observed
  if (!metrics) {
    return Verdict.notApplicable('it was not measured')
  }
  const verdict = new Verdict()
  const restarts = run.events.filter(event => event.type === 'restarted')
  const parts = [...restarts.map(restart => restart.metrics), metrics].filter(Boolean)
  const unclear = op => op.status === 0 || restarts.some(overlaps(op.invoke, op.complete))
  for (const [grant, kind] of [['refresh_token', 'refresh'], ['password', 'login']]) {
    const counted = { ok: 0, refused: 0, unknown: 0 }
    for (const part of parts) {
      Object.entries(part.requests[grant]).forEach(([outcome, count]) => { counted[classOf[outcome]] += count })
    }
    const ops = run.ops.filter(op => op.kind === kind && (op.isOurs || op.status === 0))
    const slack = ops.filter(unclear).length
    for (const outcome of Object.keys(counted)) {
      const seen = ops.filter(op => !unclear(op) && op.outcome === outcome).length
      verdict.check((counted[outcome] < seen || counted[outcome] > seen + slack) &&
        `${grant}: ${counted[outcome]} ${outcome} were counted, and clients saw ${seen} and ${slack} unclear ones`)
    }
  }
  const healed = parts.reduce((sum, part) => sum + part.requests.refresh_token.healed, 0)
  verdict.check(healed > 0 && !factsOf(run).hasLossSince(0) && `${healed} families were healed, and nothing was lost`)
  verdict.notes = [`${healed} healed`]
  return verdict
}
