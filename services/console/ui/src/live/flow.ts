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

/** Returns whether a row matches: by any of its texts, and without probes unless they are selected. */
export function matches(row: LiveChange, text: string, hasProbes: boolean): boolean {
  if (!hasProbes && row.isProbe) return false
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
