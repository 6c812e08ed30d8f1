// What a run found, as a table.

const SHOWN = 5

const row = (columns, widths) => columns.map((text, i) => String(text).padEnd(widths[i] ?? 0)).join('  ').trimEnd()

export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(cells => String(cells[column] ?? '').length)))
  widths[widths.length - 1] = 0
  return rows.map(cells => `  ${row(cells, widths)}`).join('\n')
}

function outcomes(ops) {
  const kinds = [...new Set(ops.map(op => op.kind))].sort()
  const count = (kind, outcome) => ops.filter(op => op.kind === kind && op.outcome === outcome).length
  return table([
    ['operation', 'ok', 'refused', 'unknown'],
    ...kinds.map(kind => [kind, ...['ok', 'refused', 'unknown'].map(outcome => count(kind, outcome))])
  ])
}

function invariantRow({ name, title, verdict }) {
  const { checked, violations, notApplicable, notes } = verdict
  return [name, title, notApplicable ? '-' : checked, notApplicable ? '-' : violations.length,
    notApplicable ? `not applicable: ${notApplicable}` : notes.join(', ')]
}

const counts = map => [...map].map(([name, count]) => `${name} ${count}`).join(', ') || 'none'

export const violationsOf = result => result.verdicts.flatMap(({ name, verdict }) => verdict.violations.map(text => `${name}: ${text}`))

export function report(result) {
  const { seed, topology, waits, seconds, injected, notInjected, harmed, history, verdicts, without = [] } = result
  const lines = [
    `topology ${topology}${waits ? ' with wait' : ''}, seed ${seed}, ${seconds} s`, '',
    `faults: ${counts(injected)}`, `replies harmed: ${counts(harmed)}`
  ]
  if (notInjected.size > 0) {
    lines.push(`not injected as they were meant: ${counts(notInjected)}`)
  }
  if (without.length > 0) {
    lines.push(`left out: ${without.join(', ')}`)
  }
  lines.push('', outcomes(history.ops), '',
    table([['invariant', '', 'checked', 'violated', ''], ...verdicts.map(invariantRow)]))
  for (const { name, verdict } of verdicts) {
    const { violations } = verdict
    violations.slice(0, SHOWN).forEach(text => lines.push(`${name}: ${text}`))
    if (violations.length > SHOWN) {
      lines.push(`${name}: and ${violations.length - SHOWN} more`)
    }
  }
  return lines.join('\n')
}

// One line for each invariant that applies, as t/chaos/lib/Chaos.pm reads them.
export function asTests({ verdicts }) {
  return verdicts.filter(({ verdict }) => !verdict.notApplicable).map(({ name, title, verdict }) =>
    `${verdict.violations.length === 0 ? 'ok' : 'not ok'} - ${name} ${title}: ${verdict.checked} checked`).join('\n')
}
