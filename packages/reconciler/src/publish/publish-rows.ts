import {
  checkpointOf,
  type CheckpointRef,
  type PlannedBatch,
  type PublisherSnapshot,
  planAnew,
  PUBLISH_LIMITS,
  rootCheckpoint,
} from '@freshet/protocol'
import {
  encodeCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogWriter,
  type SigningKey,
} from '@freshet/wire'
import type { PublishableRow, PublishedRow, LiveRows, RootStatus } from './publisher-store.ts'

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

/** The dependencies of sending a new root. */
export interface RootSender extends BatchSender {
  /** Unpredictable text for the root. */
  readonly nonce: () => string
  /** Returns whether the checkpoint that a batch was linked to is still in the topic (rule 44). */
  readonly stands: (
    status: RootStatus,
    linked: CheckpointRef,
    batches: readonly SentBatch[],
  ) => Promise<boolean>
}

/** A root with all live rows behind it, acknowledged. */
interface SentRoot {
  readonly root: CheckpointRef
  readonly head: CheckpointRef
  /** The records without expiry. The place of no other row is stored. */
  readonly published: readonly PublishedRow[]
}

/**
 * Sends an empty root alone and then every live row behind it, as the rows are read (rule 49). Each batch is
 * read back when the next one is acknowledged, because a tail that is lost later takes the next one, too.
 * Resolves with `undefined` if the signal aborts, or if a batch is lost: the sent batches then lead to no
 * head.
 */
export async function sendNewRoot(
  sender: RootSender,
  { status, steps }: LiveRows,
  signal: AbortSignal,
): Promise<SentRoot | undefined> {
  const root = await sendRoot(sender, status)
  const published: PublishedRow[] = []
  let head = root
  let stands = Promise.resolve(true)
  for await (const batch of batchesOf(steps)) {
    if (signal.aborted) return undefined
    const [sent, isIntact] = await Promise.all([publishRows(sender, status, head, [batch]), stands])
    if (!isIntact) return undefined
    stands = sender.stands(status, head, sent.batches)
    // The next send can fail before this promise is awaited.
    stands.catch(() => undefined)
    head = sent.head
    published.push(...sent.published.filter(({ row }) => row.permanent !== null))
  }
  return (await stands) ? { root, head, published } : undefined
}

async function* batchesOf(steps: LiveRows['steps']): AsyncGenerator<PlannedBatch<PublishableRow>> {
  for await (const rows of steps) yield* planAnew(rows, PUBLISH_LIMITS, rowBytes)
}

async function sendRoot(
  { writer, nonce, key }: RootSender,
  status: RootStatus,
): Promise<CheckpointRef> {
  const checkpoint = rootCheckpoint(status, nonce(), recordsHash([]))
  const { record, hash } = await encodeCheckpoint(checkpoint, key)
  const { baseOffset } = await writer.append(REVOCATIONS_TOPIC, status.partition, [record])
  return { hash, offset: baseOffset }
}
