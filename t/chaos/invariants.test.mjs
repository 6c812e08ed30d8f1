// Each invariant finds the history that violates it, lets pass the one beside it that does not, and
// nothing is found in a history in which all is well.

import assert from 'node:assert/strict'
import test from 'node:test'

import { checkAll, invariants } from './lib/invariants.mjs'
import { PREFIX } from './lib/settings.mjs'
import { Story, familyOf } from './lib/story.mjs'
import { familyKey } from './lib/tokens.mjs'

const alice = familyOf('alice')

// The invariants that a history violates.
const violated = story => checkAll(story).filter(({ verdict }) => verdict.violations.length > 0).map(({ name }) => name)

function violates(name, description, tell) {
  test(`${name}: ${description}`, () => {
    const story = new Story()
    tell(story)
    assert.ok(violated(story).includes(name), `it is violated; found: ${violated(story)}`)
  })
}

function keeps(name, description, tell) {
  test(`${name} allows ${description}`, () => {
    const story = new Story()
    tell(story)
    const { verdict } = checkAll(story).find(each => each.name === name)
    assert.deepEqual(verdict.violations, [])
    assert.ok(verdict.checked > 0, 'it looked at something')
  })
}

test('there are 24 of them, each with a title', () => {
  assert.deepEqual(invariants.map(({ name }) => name), Array.from({ length: 24 }, (_, i) => `I${i + 1}`))
  assert.ok(invariants.every(({ title }) => title))
})

test('a history in which all is well violates none', () => {
  const story = new Story()
  story.login(0)
  story.refresh(100, 1)
  story.refresh(200, 2)
  story.refresh(300, 3, { status: 503 })
  story.refresh(400, 3)
  story.refresh(500, 3, { honest: false })
  story.op({ kind: 'introspect', client: 'app', family: alice, invoke: 600, json: { active: true, sub: 'alice', client_id: 'app' } })
  story.fault('SIGSTOP', 250, 350, { blocks: 'writes' })
  story.sample(150, { a: { generation: 2 } }).sample(450, { a: { generation: 3 } })
  story.metrics({ rotated: 3, retried: 1, unavailable: 1 }, { issued: 1 })
  story.event('final', 1000).event('holder', 1000, { agent: 'alice', family: alice })
  story.refresh(1010, 4, { phase: 'final' })
  story.metrics({ rotated: 4, retried: 1, unavailable: 1 }, { issued: 1 })
  assert.deepEqual(violated(story), [])
})

violates('I1', 'a token that was never issued is accepted', story => {
  story.login(0)
  story.refresh(100, 7)
})
violates('I1', 'a token is accepted before it was issued', story => {
  story.refresh(0, 1)
  story.login(100)
})

violates('I2', 'another client gets tokens', story => {
  story.login(0)
  story.refresh(100, 1, { client: 'other', owner: 'app', foreign: true })
})

violates('I3', 'one token has two successors', story => {
  story.login(0)
  story.refresh(100, 1)
  story.refresh(200, 1, { out: { ...story.token(alice, 2), token: 'another' } })
})
violates('I3', 'the newest generation is given although nothing else was on its way', story => {
  story.login(0)
  story.refresh(100, 1)
  story.refresh(200, 2)
  story.refresh(300, 1, { to: 3 })
})
keeps('I3', 'the newest generation for two that were on their way together', story => {
  story.login(0)
  story.refresh(100, 1)
  story.refresh(190, 2)
  story.refresh(180, 1, { complete: 230, to: 3 })
})
violates('I3', 'another token comes although renewal is off', story => {
  story.login(0, { client: 'still' })
  story.refresh(100, 1, { client: 'still' })
})

violates('I4', 'a generation is two strings', story => {
  story.login(0)
  story.refresh(100, 1)
  story.refresh(200, 2)
  story.refresh(210, 1, { out: { ...story.token(alice, 3), token: 'a fork' } })
})
violates('I4', 'the answer is of another family', story => {
  story.login(0)
  story.refresh(100, 1, { out: story.token(familyOf('alice', 2), 2) })
})

violates('I5', 'a retry is refused within its window', story => {
  story.login(0)
  story.refresh(100, 1, { status: 0 })
  story.refused(1500, 1)
})
keeps('I5', 'a refusal after the window', story => {
  story.login(0)
  story.refresh(100, 1, { status: 0 })
  story.refresh(1000, 1)
  story.refused(3200, 1)
})
keeps('I5', 'a refusal after a revocation', story => {
  story.login(0)
  story.refresh(100, 1, { status: 0 })
  story.revoke(200, 1)
  story.refused(300, 1)
})

violates('I6', 'an honest client cannot go on after the last fault', story => {
  story.login(0)
  story.event('final', 1000).event('holder', 1000, { agent: 'alice', family: alice })
  story.refresh(1010, 1, { phase: 'final', status: 503 })
})

violates('I7', 'an honest client is logged out', story => {
  story.login(0)
  story.refresh(100, 1, { status: 503 })
  story.refused(9000, 1)
})
violates('I7', 'one of parallel tabs is refused', story => {
  story.login(0)
  story.refresh(100, 1, { tabs: true })
  story.refused(101, 1, { tabs: true })
})
violates('I7', 'an honest client gets another error', story => {
  story.login(0)
  story.refused(100, 1, { error: 'invalid_scope' })
})
keeps('I7', 'a refusal after a theft, a revocation or a loss of the family', story => {
  story.login(0)
  story.event('theft', 50, { family: alice, thief: 'thief' })
  story.refused(100, 1)
  story.login(0, { subject: 'bob' })
  story.revoke(50, 1, { subject: 'bob' })
  story.refused(100, 1, { subject: 'bob' })
  story.login(1000, { subject: 'carol' })
  story.event('loss', 1500, { from: 900, to: 1500 })
  story.refused(1600, 1, { subject: 'carol' })
})
violates('I7', 'a client is logged out by an empty restart', story => {
  story.login(0)
  story.event('emptied', 12000, { from: 10000, to: 12000 })
  story.refused(11000, 1)
})
violates('I7', 'a loss that came before the family is no excuse', story => {
  story.event('loss', 900, { from: 500, to: 900 })
  story.login(1000)
  story.refused(1600, 1)
})

violates('I8', 'a token is refused, and Redis had not been asked', story => {
  story.login(0)
  story.refused(100, 1, { says: null })
})
violates('I8', 'the answer of Redis was lost on its way', story => {
  story.login(0)
  story.refused(100, 1, { says: { kind: 'F', state: 'R', harm: 'drop' } })
})
violates('I8', 'the answer of Redis says that the token is the newest', story => {
  story.login(0)
  story.refused(100, 1, { says: { kind: 'F', state: 'L', generation: 1, pttl: 50000 } })
})

violates('I9', 'tokens are given while Redis is stopped', story => {
  story.login(0)
  story.fault('SIGSTOP', 50, 500, { blocks: 'writes' })
  story.refresh(100, 1)
})
keeps('I9', 'an answer at the end of the fault', story => {
  story.login(0)
  story.fault('SIGSTOP', 50, 105, { blocks: 'writes' })
  story.refresh(60, 1, { status: 503 })
  story.refresh(100, 1)
})

violates('I10', 'a token is accepted although its successor was used', story => {
  story.login(0)
  story.refresh(100, 1)
  story.refresh(200, 2)
  story.refresh(9000, 1)
})
violates('I10', 'a family lives on after a replay', story => {
  story.login(0)
  story.refresh(100, 1)
  story.refresh(200, 2)
  story.refused(9000, 1, { honest: false })
  story.refresh(9100, 3)
})
violates('I10', 'the window slides', story => {
  story.login(0)
  story.refresh(100, 1)
  story.refresh(2000, 1)
  story.refresh(4000, 1)
})
keeps('I10', 'a longer window after an outage', story => {
  story.login(0)
  story.refresh(100, 1)
  story.fault('SIGSTOP', 200, 3900)
  story.refresh(4000, 1)
})

violates('I11', 'a token works after its revocation', story => {
  story.login(0)
  story.revoke(100, 1)
  story.refresh(200, 1)
})
violates('I11', 'a token is active after its revocation', story => {
  story.login(0)
  story.revoke(100, 1)
  story.op({ kind: 'introspect', family: alice, invoke: 200, json: { active: true, sub: 'alice', client_id: 'app' } })
})
violates('I11', 'a revocation that was waited for is lost', story => {
  story.waits = true
  story.login(0)
  story.revoke(100, 1)
  story.event('loss', 300, { from: 50, to: 300 })
  story.refresh(400, 1)
})
keeps('I11', 'a revocation that a failover lost, where it was not waited for', story => {
  story.login(0)
  story.revoke(100, 1)
  story.event('loss', 300, { from: 50, to: 300 })
  story.refresh(400, 1)
})

violates('I12', 'a thief and the owner both go on', story => {
  story.login(0)
  story.event('theft', 10, { family: alice, thief: 'thief' })
  for (let i = 0; i < 3; i++) {
    story.refresh(1000 + i * 40000, 1 + i)
    story.refresh(21000 + i * 40000, 1 + i, { agent: 'thief', honest: false })
  }
})

violates('I13', 'a token is accepted after the lifetime', story => {
  story.login(0, { client: 'mayfly' })
  story.refresh(25000, 1, { client: 'mayfly' })
})
violates('I13', 'a token is accepted after its validity', story => {
  story.login(0, { client: 'mayfly' })
  story.refresh(9000, 1, { client: 'mayfly' })
})
violates('I13', 'a token is refused before its end', story => {
  story.login(0, { client: 'mayfly' })
  story.refused(2000, 1, { client: 'mayfly' })
})

keeps('I13', 'the end of a token whose answer came late', story => {
  story.login(0, { client: 'mayfly' })
  story.refresh(100, 1, { client: 'mayfly', status: 503 })
  story.refresh(1900, 1, { client: 'mayfly' })
  story.refused(6200, 2, { client: 'mayfly' })
})

violates('I14', 'a generation decreases', story => story.sample(0, { a: { generation: 5 } }).sample(400, { a: { generation: 4 } }))
violates('I14', 'a tombstone lives again', story => story.sample(0, { a: { state: 'R' } }).sample(400, { a: { state: 'L' } }))
violates('I14', 'a record has no TTL', story => story.sample(0, { a: { pttl: -1 } }))
violates('I14', 'a record cannot be read', story => story.sample(0, { a: { parses: false } }))
violates('I14', 'a record is gone before its end', story => story.sample(0, { a: {} }).sample(400, {}))
keeps('I14', 'an older generation where another node has taken over', story => story.event('promoted', 300, { from: 100, to: 300 })
  .sample(100, { f: { generation: 3 } }).sample(400, { f: { generation: 2 } }))
keeps('I14', 'an older generation after a loss', story => story.event('loss', 300, { from: 100, to: 300 })
  .sample(0, { a: { generation: 5 } }).sample(400, { a: { generation: 4 } }))

keeps('I14', 'a record whose slot has moved', story => {
  story.sample(0, { a: {} }).sample(400, {})
  story.sample(410, { a: {} }).samples.at(-1).node = 'another'
})

violates('I15', 'an access token is of another user', story => {
  story.login(0, { access: { subject: 'bob', client: 'app', family: alice } })
})
violates('I15', 'a refresh token is of another user', story => {
  story.login(0, { out: story.token(familyOf('bob'), 1) })
})
violates('I15', 'an introspection speaks of another user', story => {
  story.op({ kind: 'introspect', family: alice, invoke: 0, json: { active: true, sub: 'bob', client_id: 'app' } })
})
violates('I15', 'a protected location takes one for another', story => {
  story.op({ kind: 'api', family: alice, invoke: 0, subjectHeader: 'bob' })
})

violates('I16', 'a failure has tokens', story => {
  story.refresh(0, 1, { status: 503, json: { access_token: 'x' } })
})
violates('I16', 'an answer may be stored', story => {
  story.login(0, { noStore: false })
})
violates('I16', 'an error is unknown', story => {
  story.refresh(0, 1, { status: 400, error: 'mystery' })
})
violates('I16', 'a 503 does not say when to come back', story => {
  story.refresh(0, 1, { status: 503 }).retryAfter = undefined
})

violates('I17', 'forged tokens reach Redis', story => { story.observed.garbage.commands = 1 })

violates('I18', 'a reload loses a request', story => {
  story.fault('nginx reload', 1000, 1500, { where: 'nginx' })
  story.refresh(1200, 1, { status: 0 })
})
keeps('I18', 'a 503 in a reload during an outage', story => {
  story.fault('nginx reload', 1000, 1500, { where: 'nginx' })
  story.fault('SIGSTOP', 1400, 2000)
  story.refresh(1200, 1, { status: 503 })
  story.fault('nginx reload', 5000, 5500, { where: 'nginx' })
  story.login(5100)
})

keeps('I18', 'a 503 of a machine that had no time', story => {
  story.fault('nginx reload', 1000, 1500, { where: 'nginx' })
  story.event('slow', 1300, { from: 1100, to: 1300 })
  story.refresh(1200, 1, { status: 503 })
})

violates('I19', 'the log has an alert', story => { story.observed.log = '2026 [alert] 1#1: oauth2: redis "x" sent a reply that nobody waits for\n' })
violates('I19', 'nginx does not quit', story => { story.observed.quitInTime = false })
keeps('I19', 'an alert of a fault', story => {
  story.observed.log = '2026 [alert] 1#1: worker process 5 exited on signal 9\n'
  story.observed.expectedAlerts = [/exited on signal 9/]
})

violates('I20', 'a request takes too long', story => { story.refresh(0, 1, { complete: 4000, status: 503 }) })

violates('I21', 'descriptors are left', story => { story.observed.resources.after[0].descriptors = 21 })
violates('I21', 'connections of nginx are left', story => { story.observed.resources.storeConnections.redis = 3 })
violates('I21', 'memory is left', story => { story.observed.resources.after[0].resident = 30000 })
violates('I21', 'records are left', story => { story.observed.resources.keys = 2 })

violates('I22', 'a secret stands in a file', story => { story.observed.secrets.found = ['a log has a secret at 5'] })

violates('I23', 'a step of the clock ends an honest family', story => {
  story.login(0)
  story.refresh(100, 1)
  story.event('step', 200, { seconds: 3 })
  story.sample(400, { [familyKey(PREFIX, alice)]: { state: 'R' } })
})

violates('I24', 'more is counted than happened', story => {
  story.login(0)
  story.metrics({ rotated: 1 }, { issued: 1 })
})
violates('I24', 'less is counted than happened', story => {
  story.login(0)
  story.refresh(100, 1)
  story.metrics({}, { issued: 1 })
})
violates('I24', 'families are healed, and nothing was lost', story => {
  story.login(0)
  story.refresh(100, 1)
  story.metrics({ healed: 1 }, { issued: 1 })
})
keeps('I24', 'a request that nobody knows about', story => {
  story.login(0)
  story.refresh(100, 1, { status: 0 })
  story.metrics({ rotated: 1 }, { issued: 1 })
})
