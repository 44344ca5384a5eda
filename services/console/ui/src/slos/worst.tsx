import type { Burned } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Table, type Column } from '../parts/table.tsx'
import { completeAfter } from '../parts/edge-words.ts'
import { spanOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { Time } from '../parts/time.tsx'

const COLUMNS: readonly Column<Burned>[] = [
  {
    name: 'What',
    cell: (row) =>
      row.kind === 'change' ? (
        <a href={placeOf('/explain', { change: row.id })}>{row.id}</a>
      ) : (
        <a href={placeOf('/edges', { edge: row.edge })}>{row.edge}</a>
      ),
  },
  { name: 'Took', cell: (row) => tookOf(row), isFigure: true },
  { name: 'Missing', cell: (row) => (row.kind === 'change' ? row.missing.join(', ') : '') },
  {
    name: 'When',
    cell: (row) => (row.kind === 'change' ? <Time at={row.appendedAt} /> : `${row.minutes} min`),
    isTime: true,
  },
]

/** The events that burned the budget most. */
export function Worst({ items }: { readonly items: readonly Burned[] }): JSX.Element {
  return (
    <>
      <h3>What used the budget</h3>
      <Table
        caption="What used the budget"
        columns={COLUMNS}
        rows={items}
        keyOf={(row) => (row.kind === 'change' ? `${row.source}/${row.id}` : row.edge)}
        empty="No recorded change or edge used the budget."
      />
    </>
  )
}

function tookOf(row: Burned): string {
  if (row.kind === 'edge')
    return row.oldestViewMs === null ? 'never verified' : `view ${spanOf(row.oldestViewMs)} old`
  return row.completeMs === null ? 'not complete' : completeAfter(row.completeMs, row.isUpperBound)
}
