// The invariants, by name and in order: each a pure function of a run, which gives a Verdict.

import { I10, I11, I12, I13, I14, I23 } from './invariants/ends.mjs'
import { I5, I6, I7, I8, I9 } from './invariants/honesty.mjs'
import { I16, I17, I18, I19, I20, I21, I22, I24 } from './invariants/service.mjs'
import { I1, I15, I2, I3, I4 } from './invariants/tokens.mjs'

const titles = {
  I1: 'authenticity', I2: 'binding', I3: 'single successor', I4: 'no fork', I5: 'retry', I6: 'liveness',
  I7: 'no spurious logout', I8: 'evidence', I9: 'fail closed', I10: 'replay', I11: 'revocation', I12: 'theft', I13: 'expiry',
  I14: 'monotone records', I15: 'pairing', I16: 'atomic error', I17: 'stateless reject', I18: 'reload', I19: 'exit',
  I20: 'bounded time', I21: 'resources', I22: 'secrets', I23: 'durable clock', I24: 'meter truth'
}
const all = { I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12, I13, I14, I15, I16, I17, I18, I19, I20, I21, I22, I23, I24 }

export const invariants = Object.entries(all).map(([name, check]) => ({ name, title: titles[name], check }))

export const checkAll = run => invariants.map(({ name, title, check }) => ({ name, title, verdict: check(run) }))
