import type { Status } from '@freshet/insight/answers'
import { listOf, type Column } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const COLUMNS: readonly Column<Status['openings'][number]>[] = [
  { heading: 'BREAK-GLASS', of: ({ id }) => id },
  { heading: 'TENANT', of: ({ tenant }) => tenant, rank: 2 },
  { heading: 'AUDIENCE', of: ({ audience }) => audience, rank: 1 },
  { heading: 'ROUTE', of: ({ route }) => route },
  { heading: 'CLAIM', of: ({ claim }) => claim },
  { heading: 'UNTIL', of: ({ until }) => until, kind: 'time' },
  { heading: 'BY', of: ({ by }) => by, rank: 3 },
  { heading: 'REASON', of: ({ reason }) => reason, kind: 'free' },
]

/** The break-glass grants in force. */
export function grantsText(grants: Status['openings'], view: View = PLAIN_VIEW): string {
  return listOf(COLUMNS, grants, view)
}
