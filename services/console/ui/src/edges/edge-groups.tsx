import type { JSX } from 'preact'
import type { EdgeJson } from '@freshet/insight/answers'
import { Table } from '../parts/table.tsx'
import { edgeColumns } from './edge-columns.tsx'

const SHOWN: ReadonlySet<string> = new Set([
  'Status',
  'Cannot vouch for',
  'Audience',
  'View age',
  'Lag',
])

/** All edges by audience and status, where they are too many to be measured one by one. */
export function EdgeGroups({
  groups,
  nowMs,
}: {
  readonly groups: readonly EdgeJson[]
  readonly nowMs: number
}): JSX.Element {
  const figures = edgeColumns(nowMs).filter(({ name }) => SHOWN.has(name))
  const edges = { name: 'Edges', cell: ({ edges: all = 1 }: EdgeJson) => all.toLocaleString('en') }
  const signed = {
    name: 'Signed',
    cell: ({ signedEdges }: EdgeJson) => signedEdges?.toLocaleString('en') ?? 'unknown',
  }
  return (
    <>
      <p class="quiet">
        There are too many edges to measure each one. The figures of a group are upper bounds: they
        hold for its worst edge.
      </p>
      <Table
        caption="Groups of edges"
        columns={[...figures, { ...edges, isFigure: true }, { ...signed, isFigure: true }]}
        rows={groups}
        keyOf={({ edge }) => edge}
        empty=""
      />
    </>
  )
}
