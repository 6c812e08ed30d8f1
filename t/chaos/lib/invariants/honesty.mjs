// What an honest client may rely on: I5 to I9.

import { familyKey } from '../tokens.mjs'
import { PREFIX, clients } from '../settings.mjs'
import { SLACK_MS, Verdict, factsOf, intervals, isAuthentic, isOk, isRefused, overlaps, renews, show } from './facts.mjs'

// Retry. As long as the successor was not presented, a token is not refused within the window after its
// first use.
export function I5(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  for (const family of facts.families.values()) {
    const refreshes = facts.refreshes(family).filter(renews)
    for (const op of refreshes) {
      const first = Math.min(...refreshes.filter(other => other.in.token === op.in.token).map(other => other.invoke))
      const again = first < op.invoke && op.complete <= first + facts.windowMs(op) - SLACK_MS
      const moved = other => other.in.generation > op.in.generation && other.invoke < op.complete
      if (again && !refreshes.some(moved)) {
        verdict.check(isRefused(op) && !facts.isRevoked(family, op.complete) && !mayBeConvicted(facts, refreshes, op) &&
          !facts.mayBeForgotten(family, op.complete) && !facts.isNearStep(first, op.complete) && !facts.mayHaveExpired(op) &&
          `${show(op)} was refused within the retry window`)
      }
    }
  }
  return verdict
}

// An older token was used after this one was there.
function mayBeConvicted(facts, refreshes, op) {
  const issued = facts.issuedBy.get(op.in.token)?.[0].complete ?? 0
  return refreshes.some(other => other.in.generation < op.in.generation && other.complete > issued && other.invoke < op.complete)
}

const PATIENCE_MS = 10000

// Liveness. After the last fault, every honest client goes on with what it holds.
export function I6(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  const final = run.events.find(event => event.type === 'final')
  if (!final) {
    return Verdict.notApplicable('the run has no final phase')
  }
  for (const holder of run.events.filter(event => event.type === 'holder')) {
    const family = facts.family(holder.family)
    if (!facts.isStolen(family, Infinity) && !facts.mayBeForgotten(family, Infinity)) {
      const lives = run.ops.some(op => op.phase === 'final' && op.agent === holder.agent && isOk(op) &&
        op.complete <= final.at + PATIENCE_MS)
      verdict.check(!lives && `${holder.agent} cannot refresh its family ${holder.family.slice(-8)} after the last fault`)
    }
  }
  return verdict
}

// No spurious logout. An honest client is never told to throw its token away.
export function I7(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  const excuses = new Map()
  for (const op of run.ops.filter(op => op.honest && op.kind === 'refresh')) {
    const excuse = isRefused(op) ? facts.excuse(op) : undefined
    if (excuse) {
      excuses.set(excuse, (excuses.get(excuse) ?? 0) + 1)
    }
    verdict.check(op.outcome === 'refused' && !excuse && `${show(op)} was wrongly refused`)
  }
  verdict.notes = [...excuses].map(([excuse, count]) => `${count} ${excuse}`)
  return verdict
}

const undelivered = ['drop', 'close_after', 'truncate', 'garbage', 'long', 'unsolicited']

// Evidence. Each refusal of an authentic token that has not expired has an answer of Redis behind it.
export function I8(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  const answers = new Map()
  for (const reply of run.replies.filter(reply => !undelivered.includes(reply.harm))) {
    answers.set(reply.key, [...answers.get(reply.key) ?? [], reply])
  }
  for (const op of run.ops.filter(op => isAuthentic(op) && isRefused(op))) {
    const speaks = reply => reply.at >= op.invoke && reply.at <= op.complete && (reply.kind === 'M' || reply.state === 'R' ||
      reply.kind === 'F' && (reply.generation > op.in.generation || reply.pttl < 1000) || reply.kind === 'W')
    const pastLifetime = clients[op.client].lifetime > 0 && facts.mayHaveExpired(op)
    verdict.check(!pastLifetime && !answers.get(familyKey(PREFIX, op.in.family))?.some(speaks) &&
      `${show(op)} was refused, and Redis had said nothing about it`)
  }
  return verdict
}

// Fail closed. Nothing is rotated while Redis can write nothing.
export function I9(run) {
  const verdict = new Verdict()
  const blocked = intervals(run.events, 'injected', 'healing').filter(interval => interval.blocks === 'writes')
  if (blocked.length === 0) {
    return Verdict.notApplicable('no fault kept the whole store from writing')
  }
  for (const op of run.ops.filter(isAuthentic)) {
    const inside = blocked.filter(overlaps(op.invoke, op.complete)).find(({ from, to }) => from <= op.invoke && op.complete <= to)
    if (inside) {
      verdict.check(isOk(op) && `${show(op)} got tokens during "${inside.name}"`)
    }
  }
  return verdict
}
