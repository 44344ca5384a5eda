import type { Status } from '@freshet/insight/answers'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'BREAK-GLASS' },
  { heading: 'TENANT', rank: 2 },
  { heading: 'AUDIENCE', rank: 1 },
  { heading: 'ROUTE' },
  { heading: 'CLAIM' },
  { heading: 'UNTIL', kind: 'time' },
  { heading: 'BY', rank: 3 },
  { heading: 'REASON', kind: 'free' },
]

/** The break-glass grants in force. */
export function grantsText(openings: Status['openings'], view: View = PLAIN_VIEW): string {
  const rows = openings.map(({ id, tenant, audience, route, claim, until, by, reason }) => {
    return [id, tenant, audience, route, claim, until, by, reason]
  })
  return tableOf(COLUMNS, rows, view)
}
