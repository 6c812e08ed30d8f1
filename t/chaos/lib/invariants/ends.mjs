// How families end: I10 to I14, and I23.

import { MARGIN, clients } from '../settings.mjs'
import { SLACK_MS, Verdict, factsOf, isAuthentic, isOk, isRefused, renews, show, wereTogether } from './facts.mjs'

// Replay. A token is worth nothing once its successor was used, or its window is over; and after it was
// refused for that, its family is dead.
export function I10(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  for (const family of facts.families.values()) {
    const refreshes = facts.refreshes(family).filter(renews)
    if (facts.hasLossSince(facts.firstInvoke(family))) {
      continue
    }
    const used = new Map()   // generation -> when a use of it was first answered
    refreshes.filter(isOk).forEach(op => used.has(op.in.generation) || used.set(op.in.generation, op.complete))
    for (const op of refreshes) {
      const isOver = used.get(op.in.generation + 1) < op.invoke
      if (isOver) {
        const overtaken = op.out?.generation > op.in.generation + 1 &&
          (facts.seemsTogether(op) || refreshes.some(other => wereTogether(op, other)))
        verdict.check(isOk(op) && !overtaken && `${show(op)} was accepted, and its successor had been used`)
        if (isRefused(op)) {
          const alive = refreshes.find(other => other.invoke > op.complete && isOk(other))
          verdict.check(alive && `${show(alive)} was accepted after the replay ${show(op)}`)
        }
      } else {
        verdict.check(slid(facts, op, used.get(op.in.generation)))
      }
    }
  }
  return verdict
}

// The window is as long as it is, and longer only after an outage.
function slid(facts, op, rotated) {
  const quietSince = op.invoke - facts.windowMs(op) - 2000
  const calm = facts.troubleMs(Math.min(rotated, quietSince), op.complete) === 0 && !facts.isNearStep(rotated, op.complete) &&
    !facts.run.ops.some(other => other.status === 503 && other.complete > Math.min(rotated, quietSince) && other.invoke < op.complete)
  return isOk(op) && op.out?.generation === op.in.generation + 1 && rotated + facts.windowMs(op) + SLACK_MS < op.invoke && calm &&
    `${show(op)} was accepted after its retry window`
}

// Revocation. What was acknowledged holds.
export function I11(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  let lost = 0
  for (const family of facts.families.values()) {
    const revoked = family.ops.find(op => op.kind === 'revoke' && isOk(op))
    if (!revoked) {
      continue
    }
    for (const op of family.ops.filter(op => op.invoke > revoked.complete)) {
      const lives = isAuthentic(op) && isOk(op) || op.kind === 'introspect' && op.json.active
      const excused = lives && !run.waits && facts.hasLossSince(revoked.invoke, op.complete)
      lost += excused ? 1 : 0
      verdict.check(lives && !excused && `${show(op)} was accepted after the revocation ${show(revoked)}`)
    }
  }
  verdict.notes = lost > 0 ? [`${lost} uses after a revocation that Redis lost`] : []
  return verdict
}

// Theft. Two parties cannot go on with one family for longer than the window and its margin.
export function I12(run) {
  const facts = factsOf(run)
  const verdict = new Verdict()
  for (const family of facts.families.values()) {
    const [theft] = family.thefts
    if (!theft || facts.hasLossSince(facts.firstInvoke(family))) {
      continue
    }
    const uses = facts.refreshes(family).filter(op => isOk(op) && op.invoke > theft.at)
    const isThief = op => family.thefts.some(({ thief }) => thief === op.agent)
    const gap = op => facts.windowMs(op) + MARGIN * 1000 + facts.troubleMs(theft.at, op.complete)
    const twice = party => party.filter((op, i) => i > 0 && op.invoke > party[0].complete + gap(op))
    const [thieves, owners] = [uses.filter(isThief), uses.filter(op => !isThief(op))]
    verdict.check(owners.length > 0 && twice(thieves).some(late => twice(owners).some(other =>
      Math.abs(late.invoke - other.invoke) > gap(late) && other.invoke > thieves[0].complete + gap(other) &&
      late.invoke > owners[0].complete + gap(late))) &&
      `family ${family.id.slice(-8)} still serves ${theft.thief} and its owner`)
  }
  return verdict
}

// Expiry. Nothing after the end of a token or a lifetime, no refusal before it.
export function I13(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  for (const op of run.ops.filter(op => isAuthentic(op) && clients[op.client].lifetime > 0)) {
    const family = facts.family(op.in.family)
    const { lifetime, validity } = clients[op.client]
    const over = run.wallClock + op.invoke >= (op.in.grantedAt + lifetime) * 1000 + 1500
    const issues = facts.issuedBy.get(op.in.token) ?? []
    const tries = facts.refreshes(family).filter(other => other.in.generation === op.in.generation - 1)
    const certain = tries.every(other => other.outcome !== 'unknown' || other.invoke > op.complete) && issues.length > 0
    const moved = facts.refreshes(family).some(other => other !== op && other.in.generation >= op.in.generation && other.invoke < op.complete)
    const idle = certain && !moved && !facts.isNearStep(issues[0].invoke, op.complete) &&
      op.invoke > issues[0].complete + validity * 1000 + 1500
    verdict.check(isOk(op) && (over ? `${show(op)} was accepted after the lifetime of its family`
      : idle && `${show(op)} was accepted after its validity`))
    verdict.check(isRefused(op) && !moved && !facts.excuse(op) && op.honest && `${show(op)} was refused before its end`)
  }
  return verdict
}

const LONGEST_RECORD = 600

// Monotone. The records in Redis go forwards only, end by their TTL, and have one.
export function I14(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  const longest = Math.max(...Object.values(clients).map(client => client.validity ?? 0)) * 1000
  const before = new Map()
  for (const sample of run.samples) {
    for (const [key, record] of Object.entries(sample.records)) {
      const name = `the record ${key} at ${sample.at.toFixed(0)} ms`
      verdict.check(!record.parses && `${name} cannot be read`)
      verdict.check(record.size > LONGEST_RECORD && `${name} has ${record.size} bytes`)
      verdict.check(!(record.pttl >= 0 && record.pttl <= longest + 5000) && `${name} has the TTL ${record.pttl} ms`)
    }
    const last = before.get(sample.node)
    const changed = facts.hasLossSince(last?.at, sample.until) || facts.hasPromotion(last?.at, sample.until)
    if (last && !changed && isContinuous(run, last, sample)) {
      compare(verdict, facts, last, sample)
    }
    before.set(sample.node, sample)
  }
  return verdict
}

const CONTINUOUS_MS = 2000

// A node that was no primary in between may have started from another one's data.
const isContinuous = (run, last, sample) =>
  run.isLossless || last.incarnation === sample.incarnation && sample.at - last.at < CONTINUOUS_MS

// Its slot has moved to another node of the cluster.
const isElsewhere = (run, key, sample) => run.samples.some(other =>
  other.node !== sample.node && Math.abs(other.at - sample.at) < CONTINUOUS_MS && other.records[key])

function compare(verdict, facts, last, sample) {
  const { run } = facts
  const elapsed = sample.until - last.at
  for (const [key, record] of Object.entries(last.records)) {
    const now = sample.records[key]
    const name = `the record ${key} between ${last.at.toFixed(0)} and ${sample.at.toFixed(0)} ms`
    if (now) {
      verdict.check(now.generation < record.generation && `${name} went from generation ${record.generation} to ${now.generation}`)
      verdict.check(record.state === 'R' && now.state === 'L' && `${name} was revoked and lives again`)
    } else {
      const slack = facts.isNearStep(last.at, sample.until) ? 5000 : 1000
      verdict.check(record.pttl > elapsed + slack && !isElsewhere(run, key, sample) && `${name} is gone ${record.pttl - elapsed} ms before its end`)
    }
  }
}

// Durable clock. A step of Redis' clock ends no honest family.
export function I23(run) {
  const facts = factsOf(run)
  if (facts.steps.length === 0) {
    return Verdict.notApplicable('no clock was stepped')
  }
  const verdict = new Verdict()
  const ended = new Set(run.samples.flatMap(sample => Object.keys(sample.records).filter(key => sample.records[key].state === 'R')))
  for (const family of facts.families.values()) {
    const honest = facts.refreshes(family).some(op => op.honest) && !facts.isStolen(family, Infinity) && !facts.isRevoked(family, Infinity)
    if (honest) {
      verdict.check(ended.has(facts.keyOf(family)) && `the honest family ${family.id.slice(-8)} was revoked`)
    }
  }
  return verdict
}
