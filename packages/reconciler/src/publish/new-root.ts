import {
  planAnew,
  PUBLISH_LIMITS,
  rootCheckpoint,
  type CheckpointRef,
  type PlannedBatch,
} from '@freshet/protocol'
import { encodeCheckpoint, recordsHash, REVOCATIONS_TOPIC } from '@freshet/wire'
import { rowBytes, publishRows, type BatchSender, type SentBatch } from './publish-rows.ts'
import type { LiveRows, PublishableRow, PublishedRow, RootStatus } from './publisher-store.ts'

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
export interface SentRoot {
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
