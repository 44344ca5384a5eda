import type { Edge } from '@freshet/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { spanOf } from '../parts/words.ts'
import { EdgeLately } from './edge-lately.tsx'
import { RawJson } from '../explain/raw-json.tsx'

type Partition = Edge['partitions'][number]

const COLUMNS: readonly Column<Partition>[] = [
  { name: 'Partition', cell: ({ partition }) => (partition === 0 ? '0, control' : partition) },
  { name: 'Applied below', cell: ({ applied }) => applied, isFigure: true },
  { name: 'Records behind', cell: ({ records }) => records ?? 'not told', isFigure: true },
  {
    name: 'View age, when it reported',
    cell: ({ viewAgeMs }) => (viewAgeMs === null ? 'never verified' : spanOf(viewAgeMs)),
    isFigure: true,
  },
]

/** One edge, partition by partition. */
export function EdgeDetail({
  edge,
  name,
}: {
  readonly edge: Edge | undefined
  readonly name: string
}): JSX.Element {
  if (edge === undefined) return <p class="empty">{name} has not reported within the last hour.</p>
  return (
    <section class="card">
      <div class="section-head">
        <h2>{edge.edge}</h2>
        <Badge word={edge.standing} />
        <span class="quiet">{MEANS[edge.standing]}</span>
      </div>
      <Table
        caption={`Partitions of ${edge.edge}`}
        columns={COLUMNS}
        rows={edge.partitions}
        keyOf={({ partition }) => String(partition)}
        empty="It told of no partition."
      />
      <EdgeLately edge={edge.edge} />
      <RawJson value={edge} />
    </section>
  )
}

/** The meaning of a status for callers of the service. */
const MEANS: Readonly<Record<string, string>> = {
  synced: 'it has applied what there is, and calls itself fresh',
  lagging: 'it is behind, within its lease',
  stale:
    'its view is older than the lease: it says unverified, and the policy of each route decides',
  starting: 'it is not live yet, and allows nothing',
  disconnected: 'it does not report: how old its view is, and whether it serves, is not known',
  'never-connected': 'the registry names it, and it never reported',
  closed: 'it said that it ends',
}
