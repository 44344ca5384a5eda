import type { LetInJson, SloAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Table, type Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { placeOf } from '../shell/route.ts'
import { badText } from './slo-words.ts'

const COLUMNS: readonly Column<LetInJson>[] = [
  {
    name: 'Change',
    cell: ({ change }) => <a href={placeOf('/explain', { change })}>{change}</a>,
  },
  { name: 'Let in', cell: ({ requests }) => requests.toLocaleString('en'), isFigure: true },
  { name: 'Edge', cell: ({ edge }) => <a href={placeOf('/edges', { edge })}>{edge}</a> },
  { name: 'Route', cell: ({ route }) => route },
  { name: 'Last', cell: ({ lastAt }) => <Time at={lastAt} />, isTime: true },
]

/** The changes that used the budget of stale allows, by edge and route. */
export function LetInSection({ slo }: { readonly slo: SloAnswer }): JSX.Element {
  return (
    <>
      <h3>What used the budget</h3>
      <p>{slo.valid === 0 ? 'no requests yet' : badText('let in', slo)}</p>
      <Table
        caption="Requests that were let in too late"
        columns={COLUMNS}
        rows={slo.letIn ?? []}
        keyOf={({ tenant, change, edge, route }) => `${tenant}/${change}/${edge}/${route}`}
        empty="No edge let in a request that a change takes away."
      />
    </>
  )
}
