import type { EdgeJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { spanOf } from '../parts/words.ts'
import { EdgeLately } from './edge-lately.tsx'
import { lagText } from './lag.ts'
import { UnverifiedSources } from './unverified-sources.tsx'
import { RawJson } from '../explain/raw-json.tsx'

type Partition = EdgeJson['partitions'][number]

const COLUMNS: readonly Column<Partition>[] = [
  { name: 'Partition', cell: ({ partition }) => (partition === 0 ? '0, control' : partition) },
  { name: 'Offset', cell: ({ applied }) => applied, isFigure: true },
  { name: 'Lag', cell: ({ behindMs }) => lagText(behindMs), isFigure: true },
  {
    name: 'View age at its report',
    cell: ({ viewAgeMs }) => (viewAgeMs === null ? 'never verified' : spanOf(viewAgeMs)),
    isFigure: true,
  },
]

/** One edge, partition by partition. */
export function EdgeDetail({
  edge,
  name,
  nowMs,
}: {
  readonly edge: EdgeJson | undefined
  readonly name: string
  readonly nowMs: number
}): JSX.Element {
  if (edge === undefined) return <p class="empty">{name} has not reported within the last hour.</p>
  return (
    <section class="card">
      <div class="section-head">
        <h2>{edge.edge}</h2>
        <Badge word={edge.standing} />
        <span class="quiet">{MEANS[edge.standing]}</span>
      </div>
      <p>
        Cannot vouch for: <UnverifiedSources edge={edge} nowMs={nowMs} />
      </p>
      <Table
        caption={`Partitions of ${edge.edge}`}
        columns={COLUMNS}
        rows={edge.partitions}
        keyOf={({ partition }) => String(partition)}
        empty="The edge reported no partition."
      />
      <EdgeLately {...edge} />
      <RawJson value={edge} />
    </section>
  )
}

/** The meaning of a status for callers of the service. */
const MEANS: Readonly<Record<string, string>> = {
  synced: 'it has applied every published change, and is fresh',
  lagging: 'it lags, within its lease',
  stale:
    'its view is older than the lease: it answers unverified, and the policy of each route decides',
  starting: 'it is not ready yet, and allows no request',
  disconnected: 'it sends no reports: the age of its view and its traffic are unknown',
  'never-connected': 'the registry names it, and it never sent a report',
  closed: 'it reported its end',
}
