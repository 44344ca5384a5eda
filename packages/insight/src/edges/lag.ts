import { CHANGES_TOPIC, type LogReader, type PartitionBounds } from '@freshet/wire'
import type { Behind, Lag } from '../answers/loop.ts'
import { ofGroup } from './edge-groups.ts'
import type { EdgeStatus } from '../answers/forms.ts'
import type { KnownEdge } from '../observatory-store.ts'
import type { PartitionProgress } from '../pipeline/pipeline.ts'

/** Returns the append time of the record at a position. */
export type AppendedAt = (partition: number, position: bigint) => Promise<number | undefined>

/** The ends of a topic; `null` if the broker does not answer. */
type Bounds = readonly Pick<PartitionBounds, 'partition' | 'end'>[] | null

/** The lag of recording. Asks for a record of each partition in which there is one left. */
export function recordingLag(
  rows: readonly Pick<PartitionProgress, 'partition' | 'nextOffset'>[],
  bounds: Bounds,
  { appendedAt, nowMs }: { readonly appendedAt: AppendedAt; readonly nowMs: number },
): Promise<Lag['recording']> {
  return Promise.all(
    rows.map(async ({ partition, nextOffset }) => {
      const reach = reachOf(nextOffset, partition, bounds)
      const firstAt = () => appendedAt(partition, nextOffset)
      return { partition, ...reach, behindMs: await behind(reach.records, nowMs, firstAt) }
    }),
  )
}

/** The age of the first record that is not applied; 0 if there is none. */
async function behind(
  records: string | null,
  nowMs: number,
  firstAt: () => Promise<number | undefined>,
): Promise<number | null> {
  if (records === null) return null
  if (records === '0') return 0
  const atMs = await firstAt()
  return atMs === undefined ? null : Math.max(0, nowMs - atMs)
}

/** The lag of an edge in each partition, by its last report. */
export function edgeLag(
  edge: KnownEdge,
  status: EdgeStatus,
  terms: { readonly bounds: Bounds; readonly nowMs: number },
): Lag['edges'] {
  return edge.partitions.map((view) => ({
    edge: edge.edge,
    standing: status,
    ...ofGroup(edge.group?.edges ?? null),
    partition: view.partition,
    ...viewLag(edge, view, terms),
  }))
}

/**
 * The lag of an edge in one partition. Records include heartbeats: a quiet topic has a few at any time.
 * `behindMs` is the present age of its view there; `null` if it was never verified. Idle or not, it grows
 * without heartbeats.
 */
export function viewLag(
  { reportedAtMs }: KnownEdge,
  { partition, applied, viewAgeMs }: KnownEdge['partitions'][number],
  { bounds, nowMs }: { readonly bounds: Bounds; readonly nowMs: number },
): Omit<Behind, 'partition'> {
  const behindMs = viewAgeMs === null ? null : viewAgeMs + Math.max(0, nowMs - reportedAtMs)
  return { ...reachOf(applied, partition, bounds), behindMs }
}

/** `null`: the broker does not answer. */
function reachOf(
  position: bigint,
  partition: number,
  bounds: Bounds,
): Pick<Behind, 'position' | 'head' | 'records'> {
  const head = bounds?.find((each) => each.partition === partition)?.end
  if (head === undefined) return { position: String(position), head: null, records: null }
  const records = head > position ? head - position : 0n
  return { position: String(position), head: String(head), records: String(records) }
}

/** The append of a record of the change topic; `undefined` where it cannot be read. */
export function appendedAtIn(reader: Pick<LogReader, 'read'>): AppendedAt {
  return async (partition, position) => {
    const records = await reader.read(CHANGES_TOPIC, partition, position, 1).catch(() => [])
    return records[0]?.appendedAtMs
  }
}
