import type { LogWriter, OutgoingRecord } from '@freshet/events'
import type { Wanted } from './producer-turns.ts'
import type { FeedPartition, PendingRecord, StampStore } from './stamp-store.ts'

/** Most records of one produce request. */
export const PRODUCE_RECORDS_MAX = 500
/** Most bytes of one produce request, kept below the broker's default limit of 1 MiB. */
export const PRODUCE_BYTES_MAX: number = 512 * 1024

/** Where it is read and noted, and what appends it. */
interface Producing {
  readonly store: StampStore
  readonly writer: LogWriter
}

/**
 * Produces what is stamped and not acknowledged in a partition of a feed, by number, and notes
 * where it stands. When this resolves, every row that is wanted, and was committed before it began, is in
 * the topic. A rejection leaves rows as they are: they may have landed, and are produced again.
 */
export async function producePending(
  { store, writer }: Producing,
  topic: string,
  at: FeedPartition,
  wanted: Wanted,
): Promise<void> {
  for (;;) {
    const pending = await store.unacknowledged(at, PRODUCE_RECORDS_MAX, wanted)
    for (const chunk of chunksOf(pending)) {
      const records = chunk.map(({ record }) => record)
      const { baseOffset } = await writer.append(topic, at.partition, records)
      await store.acknowledge(
        at,
        chunk.map(({ id, number }, index) => ({ id, number, offset: baseOffset + BigInt(index) })),
      )
    }
    if (pending.length < PRODUCE_RECORDS_MAX) return
  }
}

function chunksOf(pending: readonly PendingRecord[]): readonly (readonly PendingRecord[])[] {
  const chunks: PendingRecord[][] = []
  let room = 0
  for (const row of pending) {
    const size = sizeOf(row.record)
    if (size > room || chunks.length === 0) {
      chunks.push([])
      room = PRODUCE_BYTES_MAX
    }
    chunks.at(-1)?.push(row)
    room -= size
  }
  return chunks
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  const parts = Object.entries(headers).map(([name, bytes]) => name.length + bytes.length)
  return parts.reduce((sum, size) => sum + size, (key?.length ?? 0) + (value?.length ?? 0))
}
