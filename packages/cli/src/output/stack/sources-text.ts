import type { Status } from '@freshet/insight/answers'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const MS_PER_S = 1_000

const COLUMNS: readonly TableColumn[] = [
  { heading: 'SOURCE' },
  { heading: 'TENANT' },
  { heading: 'STATUS', kind: 'status' },
  { heading: 'LAST HEARD', kind: 'time' },
  { heading: 'LEASE', align: 'right' },
  { heading: 'MISSED CHANGES', align: 'right', rank: 1 },
]

/** The sources of each tenant as a table. */
export function sourcesText(items: Status['sources'], view: View = PLAIN_VIEW): string {
  if (items.length === 0) return 'no sources'
  const rows = items.map(({ source, tenant, standing, through, leaseMs, missed }) => {
    const lease = `${leaseMs / MS_PER_S} s`
    return [source, tenant, standing, through ?? 'not everywhere', lease, String(missed)]
  })
  return tableOf(COLUMNS, rows, view)
}
