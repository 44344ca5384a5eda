import type { LogWriter, OutgoingRecord } from '@freshet/wire'
import type { Wanted } from './producer-turns.ts'
import type { FeedPartition, PendingRecord, StampStore } from './stamp-store.ts'

/** The most records of one produce request. */
export const PRODUCE_RECORDS_MAX = 500
/** The most bytes of one produce request, below the broker's default limit of 1 MiB. */
export const PRODUCE_BYTES_MAX: number = 512 * 1024

/** The store with the pending records, and the writer that appends them. */
interface Producing {
  readonly store: StampStore
  readonly writer: LogWriter
}

/**
 * Produces the records of a partition of a feed that are stamped and not acknowledged, by number, and stores
 * their offsets. Once this resolves, the topic has every wanted row that was committed before the call. After
 * a rejection the rows are unchanged: the topic might have their records already, and the next turn produces
 * them again.
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
