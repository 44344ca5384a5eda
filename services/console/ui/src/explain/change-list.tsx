import type { ChangeJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Table, type Column } from '../parts/table.tsx'
import { whatOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

const COLUMNS: readonly Column<ChangeJson>[] = [
  { name: 'Change', cell: ({ id }) => <Id id={id} href={placeOf('/explain', { change: id })} /> },
  { name: 'Source', cell: ({ source }) => source },
  { name: 'What', cell: (change) => whatOf(change) },
  { name: 'Class', cell: (change) => change.class ?? '–' },
  { name: 'Outcome', cell: ({ outcome }) => outcome },
  { name: 'Tokens marked', cell: ({ tokensMarked }) => tokensMarked, isFigure: true },
  { name: 'Recorded', cell: ({ recordedAt }) => <Time at={recordedAt} />, isTime: true },
]

/** Changes, each a way to its own view. */
export function ChangeList({
  changes,
  empty,
}: {
  readonly changes: readonly ChangeJson[]
  readonly empty: string
}): JSX.Element {
  return (
    <Table
      caption="Changes"
      columns={COLUMNS}
      rows={changes}
      keyOf={({ tenant, source, id }) => `${tenant}/${source}/${id}`}
      empty={empty}
    />
  )
}
