// That every mutant fits the code as it is.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { invariants } from './lib/invariants.mjs'
import { mutants } from './lib/mutants.mjs'
import { faults } from './lib/nemesis.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

for (const mutant of mutants) {
  test(`the mutant "${mutant.name}" fits the code`, () => {
    for (const change of mutant.changes) {
      const text = readFileSync(join(root, change.file), 'utf8')
      assert.equal(text.split(change.old).length - 1, 1, `${change.file} has the old text once`)
      assert.notEqual(change.old, change.new)
    }
    assert.ok(mutant.faults.every(name => faults.some(fault => fault.name === name)), 'its faults exist')
    assert.ok(mutant.caughtBy.every(name => invariants.some(invariant => invariant.name === name)), 'its invariants exist')
  })
}
