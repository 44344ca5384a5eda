import type { Status } from '@freshet/insight/answers'
import { listOf, type Column } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const MS_PER_S = 1_000

const COLUMNS: readonly Column<Status['sources'][number]>[] = [
  { heading: 'SOURCE', of: ({ source }) => source },
  { heading: 'TENANT', of: ({ tenant }) => tenant },
  { heading: 'STATUS', of: ({ standing }) => standing, kind: 'status' },
  { heading: 'LAST HEARD', of: ({ through }) => through ?? 'not everywhere', kind: 'time' },
  { heading: 'LEASE', of: ({ leaseMs }) => `${leaseMs / MS_PER_S} s`, align: 'right' },
  { heading: 'MISSED CHANGES', of: ({ missed }) => String(missed), align: 'right', rank: 1 },
]

/** The sources of each tenant as a table. */
export function sourcesText(items: Status['sources'], view: View = PLAIN_VIEW): string {
  return items.length === 0 ? 'no sources' : listOf(COLUMNS, items, view)
}
