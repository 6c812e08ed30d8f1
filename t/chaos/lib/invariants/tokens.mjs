// Which tokens are given to whom: I1 to I4, and I15.

import { tagOf } from '../tokens.mjs'
import { Verdict, factsOf, isAuthentic, isOk, renews, show, wereTogether } from './facts.mjs'

// Authenticity. No 200 for a string that was never issued.
export function I1(run) {
  const verdict = new Verdict()
  const { issuedBy } = factsOf(run)
  for (const op of run.ops.filter(op => op.kind === 'refresh')) {
    const wasIssued = () => issuedBy.get(op.in.token)?.some(issue => issue.invoke < op.complete)
    verdict.check(isOk(op) && !wasIssued() && `${show(op)} was accepted, and its token was never issued`)
  }
  return verdict
}

// Binding. A token of one client gives nothing to another one. (That such a try does no harm either is
// seen by I7: the family stays an honest one.)
export function I2(run) {
  const verdict = new Verdict()
  for (const op of run.ops.filter(op => op.foreign)) {
    verdict.check(isOk(op) && `${show(op)} got tokens of "${op.owner}" as "${op.client}"`)
  }
  return verdict
}

const isRenewal = op => isAuthentic(op) && isOk(op) && renews(op)

// Single successor. All answers to one token carry the same next one, or a newer one, if another request
// of the family was on its way meanwhile.
export function I3(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  for (const family of facts.families.values()) {
    const successor = new Map()
    for (const op of facts.refreshes(family).filter(isOk)) {
      if (!renews(op)) {
        verdict.check(op.out?.token !== op.in.token && `${show(op)} got another token although renewal is off`)
      } else if (op.out?.generation === op.in.generation + 1) {
        const first = successor.get(op.in.token) ?? op
        successor.set(op.in.token, first)
        verdict.check(first.out.token !== op.out.token && `${show(op)} got another successor than ${show(first)}`)
      } else {
        verdict.check(wrongNewest(facts, family, op))
      }
    }
  }
  return verdict
}

function wrongNewest(facts, family, op) {
  if (!op.out || !(op.out.generation > op.in.generation + 1)) {
    return `${show(op)} got no successor`
  }
  const others = facts.refreshes(family).filter(other => other !== op && other.in.generation > op.in.generation)
  const together = others.some(other => wereTogether(op, other))
  return !together && !facts.seemsTogether(op) && `${show(op)} got the newest generation, and nothing else was on its way`
}

// No fork. A generation of a family is one string, and is given for an older one of that family.
export function I4(run) {
  const verdict = new Verdict()
  const facts = factsOf(run)
  for (const family of facts.families.values()) {
    const strings = new Map()
    for (const op of family.ops.filter(op => op.out)) {
      const { generation, token, keyId } = op.out
      const first = strings.get(generation) ?? op
      strings.set(generation, first)
      const twice = first.out.token !== token && !(first.out.keyId !== keyId && facts.hasLossSince(0))
      verdict.check(twice && `${show(op)} and ${show(first)} got two tokens of one generation`)
      if (isRenewal(op)) {
        verdict.check((op.out.family !== op.in.family || generation <= op.in.generation) &&
          `${show(op)} got generation ${generation} of family ${op.out.family?.slice(-8)}`)
      }
    }
  }
  return verdict
}

// Pairing. What an answer holds is the requester's.
export function I15(run) {
  const verdict = new Verdict()
  for (const op of run.ops.filter(isOk)) {
    const { subject, client, family } = op
    if (op.out) {
      verdict.check(!op.out.family?.startsWith(tagOf(subject)) && `${show(op)} got the refresh token of another user`)
    }
    if (op.access) {
      const { access } = op
      const right = access.subject === subject && access.client === client && access.family === op.out.family
      verdict.check(!right && `${show(op)} got an access token of ${access.subject} at ${access.client}`)
    }
    if (op.kind === 'introspect' && op.json.active) {
      verdict.check((op.json.sub !== subject || op.json.client_id !== client) &&
        `${show(op)} was told of ${op.json.sub} at ${op.json.client_id} instead of ${subject} at ${client}`)
    }
    if (op.kind === 'api') {
      verdict.check(op.subjectHeader !== subject && `${show(op)} was taken for ${op.subjectHeader}, family ${family}`)
    }
  }
  return verdict
}
