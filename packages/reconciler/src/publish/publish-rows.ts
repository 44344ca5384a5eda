import {
  checkpointOf,
  type CheckpointRef,
  type PlannedBatch,
  type PublisherSnapshot,
} from '@freshet/protocol'
import {
  encodeCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogWriter,
  type SigningKey,
} from '@freshet/wire'
import type { PublishableRow, PublishedRow } from './publisher-store.ts'

/** Bytes that a broker needs for a record and for each of its headers, beside their contents. */
const OVERHEAD_BYTES = 32

/** Returns the approximate size of a row's record. */
export function rowBytes({ record }: PublishableRow): number {
  const { key, value, headers } = record
  const inHeaders = Object.entries(headers).reduce(
    (sum, [name, bytes]) => sum + name.length + bytes.length + OVERHEAD_BYTES,
    0,
  )
  return OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + inHeaders
}

/** The dependencies of sending. */
export interface BatchSender {
  readonly writer: LogWriter
  readonly key: SigningKey
  /** Awaited after each batch: a long publication renews its ownership here (rule 49). */
  readonly afterBatch?: () => Promise<void>
}

/** The partition, incarnation and generation of a checkpoint. */
type Written = Pick<PublisherSnapshot<PublishableRow>, 'partition' | 'e' | 'generation'>

/** A batch that was acknowledged: its first offset, and the checkpoint that ends it. */
export interface SentBatch {
  readonly from: bigint
  readonly checkpoint: CheckpointRef
}

/** Everything acknowledged: the batches in order, and the place of each row. */
export interface Sent {
  readonly head: CheckpointRef
  readonly batches: readonly SentBatch[]
  readonly published: readonly PublishedRow[]
}

/**
 * Sends the batches in order, one produce request each, linked one to the other from `link` on. If it
 * rejects, some can have been appended: their checkpoints lead to no stored head.
 */
export async function publishRows(
  sender: BatchSender,
  snapshot: Written,
  link: CheckpointRef,
  batches: readonly PlannedBatch<PublishableRow>[],
): Promise<Sent> {
  let head = link
  const sent: SentBatch[] = []
  const published: PublishedRow[] = []
  for (const batch of batches) {
    const { published: rows, ...one } = await sendBatch(sender, snapshot, head.hash, batch)
    head = one.checkpoint
    sent.push(one)
    published.push(...rows)
    await sender.afterBatch?.()
  }
  return { head, batches: sent, published }
}

async function sendBatch(
  { writer, key }: BatchSender,
  snapshot: Written,
  previous: string,
  batch: PlannedBatch<PublishableRow>,
): Promise<SentBatch & Pick<Sent, 'published'>> {
  const records = batch.rows.map(({ record }) => record)
  const link = { previous, recordsHash: recordsHash(records) }
  const { record, hash } = await encodeCheckpoint(checkpointOf(snapshot, batch, link), key)
  const appended = await writer.append(REVOCATIONS_TOPIC, snapshot.partition, [...records, record])
  const { baseOffset, appendedAtMs } = appended
  const published = batch.rows.map((row, index) => ({
    row,
    offset: baseOffset + BigInt(index),
    appendedAtMs,
  }))
  const checkpoint = { hash, offset: baseOffset + BigInt(records.length) }
  return { from: baseOffset, checkpoint, published }
}
