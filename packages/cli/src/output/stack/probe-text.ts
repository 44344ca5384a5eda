import type { ProbeRun, ProbeStep } from '@freshet/insight'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'STEP' },
  { heading: '+MS', align: 'right' },
  { heading: 'CLOCK' },
]

const STEP_TEXTS: Readonly<Record<ProbeStep, string>> = {
  grant: 'granted',
  mint: 'token minted',
  allowed: 'allowed',
  accept: 'removal accepted',
  append: 'removal appended',
  record: 'removal recorded',
  publish: 'revocation published',
  apply: 'applied',
  denied: 'refused',
  restore: 'restored',
}

/**
 * The way as a waterfall, each step with the milliseconds since the first and the clock that was read: clocks of
 * different machines differ, so times may step back.
 */
export function probeText({ change, marks, broken, tookMs }: ProbeRun): string {
  const start = marks[0]?.atMs ?? 0
  const rows = marks.map(({ step, at, atMs, clock }) => [
    nameOf(step, at),
    String(Math.round(atMs - start)),
    clock,
  ])
  const table = rows.length === 0 ? [] : [tableOf(COLUMNS, rows)]
  const took =
    tookMs === null
      ? []
      : [`refused everywhere ${Math.round(tookMs)} ms after the removal was sent`]
  const end =
    broken === null
      ? 'every step succeeded'
      : `broken: ${nameOf(broken.step, broken.at)}: ${broken.why}`
  const next = broken === null || change === null ? [] : [`next: freshet change explain ${change}`]
  return [...table, ...took, printable(end), ...next].join('\n')
}

function nameOf(step: ProbeStep, at: string | null): string {
  return at === null ? STEP_TEXTS[step] : printable(`${STEP_TEXTS[step]} at ${at}`)
}
