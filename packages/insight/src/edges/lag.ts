import { CHANGES_TOPIC, type LogReader, type PartitionBounds } from '@freshet/wire'
import type { EdgeStanding } from './edge-standing.ts'
import type { KnownEdge } from '../observatory-store.ts'
import type { PartitionProgress } from '../pipeline/pipeline.ts'

/** The reconciler's lag in one partition of the change topic. */
export interface RecordingLag {
  readonly partition: number
  /** Offset that is applied next. */
  readonly position: bigint
  /** The offset of the next record; `null` if the broker does not answer. */
  readonly head: bigint | null
  readonly records: bigint | null
  /** The age of the first record that is not applied; 0 if there is none. */
  readonly behindMs: number | null
}

/** An edge's lag in one partition of the revocation topic. */
export interface EdgeLag {
  readonly edge: string
  readonly standing: EdgeStanding
  /** The number of edges in a group, whose lag is that of its last edge. */
  readonly groupOf: number | null
  readonly partition: number
  readonly position: bigint
  readonly head: bigint | null
  /** Heartbeats among them: a quiet topic has a few at any time. */
  readonly records: bigint | null
  /** Age of its view there by now; `null` where it was never verified. Idle or not, it grows without heartbeats. */
  readonly behindMs: number | null
}

/** The lag of all readers of a topic. */
export interface LagView {
  readonly recording: readonly RecordingLag[]
  readonly edges: readonly EdgeLag[]
}

/** Returns the append time of the record at a position. */
export type AppendedAt = (partition: number, position: bigint) => Promise<number | undefined>

/** The lag of recording. Asks for a record of each partition in which there is one left. */
export function recordingLag(
  rows: readonly PartitionProgress[],
  bounds: readonly PartitionBounds[] | null,
  { appendedAt, nowMs }: { readonly appendedAt: AppendedAt; readonly nowMs: number },
): Promise<readonly RecordingLag[]> {
  const heads = new Map(bounds?.map(({ partition, end }) => [partition, end]))
  return Promise.all(
    rows.map(async ({ partition, nextOffset: position }) => {
      const head = heads.get(partition) ?? null
      const records = recordsBehind(position, head)
      const behindMs = await behind(records, nowMs, () => appendedAt(partition, position))
      return { partition, position, head, records, behindMs }
    }),
  )
}

async function behind(
  records: bigint | null,
  nowMs: number,
  firstAt: () => Promise<number | undefined>,
): Promise<number | null> {
  if (records === null) return null
  if (records === 0n) return 0
  const atMs = await firstAt()
  return atMs === undefined ? null : Math.max(0, nowMs - atMs)
}

/** The lag of an edge, by its last report. */
export function edgeLag(
  edge: KnownEdge & { readonly standing: EdgeStanding },
  bounds: readonly PartitionBounds[] | null,
  nowMs: number,
): readonly EdgeLag[] {
  const heads = new Map(bounds?.map(({ partition, end }) => [partition, end]))
  return edge.partitions.map(({ partition, applied, viewAgeMs }) => {
    const head = heads.get(partition) ?? null
    const behindMs = viewAgeMs === null ? null : viewAgeMs + Math.max(0, nowMs - edge.reportedAtMs)
    return {
      edge: edge.edge,
      standing: edge.standing,
      groupOf: edge.group?.edges ?? null,
      partition,
      position: applied,
      head,
      records: recordsBehind(applied, head),
      behindMs,
    }
  })
}

function recordsBehind(position: bigint, head: bigint | null): bigint | null {
  if (head === null) return null
  return head > position ? head - position : 0n
}

/** The append of a record of the change topic; `undefined` where it cannot be read. */
export function appendedAtIn(reader: Pick<LogReader, 'read'>): AppendedAt {
  return async (partition, position) => {
    const records = await reader.read(CHANGES_TOPIC, partition, position, 1).catch(() => [])
    return records[0]?.appendedAtMs
  }
}
