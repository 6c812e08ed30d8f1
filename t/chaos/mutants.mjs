// Builds each mutant in a copy of the tree and runs the checker on it, with seeds that are always the
// same, until an invariant is violated. Arguments: names of mutants, or none for all.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { mutants } from './lib/mutants.mjs'
import { endAll } from './lib/processes.mjs'
import { table } from './lib/report.mjs'
import { run } from './lib/run.mjs'

const SEEDS = ['1', '2', '3']
const SECONDS = 20
const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const names = process.argv.slice(2)
const chosen = mutants.filter(mutant => names.length === 0 || names.includes(mutant.name))
const tree = mkdtempSync(join(tmpdir(), 'oauth2-mutants-'))

function build() {
  execFileSync('cmake', ['-S', tree, '-B', `${tree}/build`, '-DOAUTH2_TESTS=OFF'], { stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('cmake', ['--build', `${tree}/build`, '-j', '2'], { stdio: ['ignore', 'ignore', 'inherit'] })
}

// Changes the files of a mutant; the result changes them back.
function apply({ name, changes }) {
  const before = new Map()
  for (const change of changes) {
    const path = join(tree, change.file)
    const text = readFileSync(path, 'utf8')
    if (text.split(change.old).length !== 2) {
      throw new Error(`the mutant "${name}" does not fit ${change.file}`)
    }
    before.set(path, before.get(path) ?? text)
    writeFileSync(path, text.replace(change.old, () => change.new))
  }
  return () => before.forEach((text, path) => writeFileSync(path, text))
}

async function test(mutant) {
  for (const seed of SEEDS) {
    const by = await violatedBy(mutant, seed)
    if (by.length > 0) {
      return { seed, by }
    }
  }
  return { seed: '-', by: [] }
}

async function violatedBy({ faults, topology = 'single', waits = false }, seed) {
  try {
    const { verdicts } = await run({
      seed, topology, waits, seconds: SECONDS, only: faults, module: `${tree}/build/ngx_http_oauth2_module.so`, discard: true
    })
    return verdicts.filter(({ verdict }) => verdict.violations.length > 0).map(({ name }) => name)
  } catch (error) {
    return [`an error: ${error.message}`]
  }
}

async function main() {
  for (const part of ['CMakeLists.txt', 'cmake', 'config', 'config.make', 'include', 'src', 'ngx_module', 't/unit/CMakeLists.txt']) {
    cpSync(join(root, part), join(tree, part), { recursive: true })
  }
  const rows = [['mutant', 'seed', 'caught by']]
  let missed = 0
  for (const mutant of chosen) {
    const revert = apply(mutant)
    build()
    const { seed, by } = await test(mutant)
    revert()
    const isCaught = by.some(name => mutant.caughtBy.includes(name))
    missed += isCaught ? 0 : 1
    rows.push([mutant.name, seed, by.length === 0 ? 'nothing' : `${by.join(', ')}${isCaught ? '' : ` (not by ${mutant.caughtBy.join(', ')})`}`])
    console.log(row(rows.at(-1)))
  }
  console.log(`\n${table(rows)}\n\n${missed === 0 ? 'every mutant was caught' : `${missed} mutants were missed`}`)
  return missed
}

const row = ([name, seed, by]) => `${name}: ${by}${seed === '-' ? '' : ` (seed ${seed})`}`

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(name, async () => { await endAll(); rmSync(tree, { recursive: true, force: true }); process.exit(130) })
}
try {
  process.exitCode = await main() === 0 ? 0 : 1
} finally {
  await endAll()
  rmSync(tree, { recursive: true, force: true })
}
process.exit()
