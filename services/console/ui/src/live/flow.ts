import type { LiveChange } from '@freshet/insight/answers'
import { changedText } from '@freshet/protocol'

/** Rows that are kept; older ones leave. */
const ROWS_MAX = 200

/** One row for each change, at the place of its first event; later events change its row. */
export function withChange(rows: readonly LiveChange[], change: LiveChange): readonly LiveChange[] {
  const key = keyOf(change)
  const isKnown = rows.some((row) => keyOf(row) === key)
  if (isKnown) return rows.map((row) => (keyOf(row) === key ? change : row))
  return [change, ...rows].slice(0, ROWS_MAX)
}

/** Ids are unique for a tenant and source alone. */
export function keyOf({
  tenant,
  source,
  id,
}: Pick<LiveChange, 'tenant' | 'source' | 'id'>): string {
  return `${tenant}/${source}/${id}`
}

/** The members of a row by which the page filters, each by one value. */
export const FILTERED = ['tenant', 'source', 'class', 'outcome'] as const

/** The rows that a reader selected. An absent or empty value selects all. */
export interface FlowFilter extends Partial<Record<(typeof FILTERED)[number], string>> {
  readonly text: string
  readonly hasProbes: boolean
}

/** Returns whether a row matches: by any of its texts, by each given value, and without probes unless they are selected. */
export function matches(row: LiveChange, { text, hasProbes, ...values }: FlowFilter): boolean {
  if (!hasProbes && row.isProbe) return false
  if (FILTERED.some((name) => values[name] && values[name] !== row[name])) return false
  const words = [
    row.id,
    row.tenant,
    row.source,
    row.op ?? row.kind,
    row.claim,
    row.subject?.sub,
    changedText(row.changed),
    row.class,
    row.outcome,
    row.state,
  ]
  return text === '' || words.join(' ').toLowerCase().includes(text.toLowerCase())
}

/** The values of a member among the rows, and the selected one, sorted. */
export function valuesIn(
  rows: readonly LiveChange[],
  name: (typeof FILTERED)[number],
  selected = '',
): readonly string[] {
  const values = new Set([...rows.map((row) => row[name] ?? ''), selected])
  return [...values].filter((value) => value !== '').toSorted()
}
