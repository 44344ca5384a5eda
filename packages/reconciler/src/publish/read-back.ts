import {
  laterPosition,
  type Checkpoint,
  type CheckpointRef,
  type Position,
} from '@freshet/protocol'
import {
  checkpointHash,
  readCheckpoint,
  REVOCATIONS_TOPIC,
  verifyCheckpoint,
  type LogReader,
  type LogRecord,
  type VerifyKey,
} from '@freshet/wire'
import { writtenRecord, type WrittenAt } from '../written-record.ts'
import type { CheckpointKeys } from './checkpoint-keys.ts'
import type { SentBatch } from './publish-rows.ts'

/** Records of other senders that are read between two of our batches. */
const GAP_MAX = 10_000

/** The position before every other one: the first incarnation is 1. */
export const NOWHERE: Position = { e: 0n, offset: 0n }

/** The dependencies of reading back. */
export interface ReadingBack {
  readonly reader: LogReader
  readonly keys: Pick<CheckpointKeys, 'published'>
}

/** The records that are at our acknowledged offsets. */
export interface Found {
  /** True if every checkpoint is at its offset. */
  readonly isIntact: boolean
  /**
   * The latest position of the change topic in an authentic checkpoint beside ours; `NOWHERE` if there is
   * none.
   */
  readonly latest: Position
}

/**
 * Returns whether a stored head is still at its acknowledged offset (rules 30 and 44). A topic that was
 * created again, or that lost its tail, has another record there, or none.
 */
export async function isIntact(
  { reader }: Pick<ReadingBack, 'reader'>,
  partition: number,
  head: CheckpointRef,
): Promise<boolean> {
  return isCheckpoint(await writtenRecord(reader, at(partition, head.offset)), head)
}

/**
 * Reads back the path of a publication: the checkpoint it was linked to and every batch but the last (rule
 * 44). The linked one alone is not enough. A tail that is lost between two batches takes the first and leaves
 * the linked one, and keeps every edge unverified until base passes. The result also names the latest
 * position that an authentic checkpoint in between states (rule 28). A late sender can have left it, and so
 * can our own database before it went back.
 */
export async function readPathBack(
  { reader, keys }: ReadingBack,
  partition: number,
  linked: CheckpointRef,
  batches: readonly SentBatch[],
): Promise<Found> {
  const path = [linked, ...batches.map(({ checkpoint }) => checkpoint)]
  let latest = NOWHERE
  for (const [index, batch] of batches.entries()) {
    const before = path[index] ?? linked
    const first = await writtenRecord(reader, at(partition, before.offset))
    if (!isCheckpoint(first, before)) return { isIntact: false, latest }
    for (const record of await between(reader, partition, before, batch))
      latest = laterPosition(latest, positionOf(checkpointIn(record, keys.published())))
  }
  return { isIntact: true, latest }
}

/** Returns the authentic checkpoint of its own partition in a record; `undefined` for any other record. */
export function checkpointIn(
  record: LogRecord,
  keys: readonly VerifyKey[],
): Checkpoint | undefined {
  const read = readCheckpoint(record)
  const key = keys.find(({ kid }) => kid === read?.kid)
  if (!read || !key || read.checkpoint.partition !== record.partition) return undefined
  return verifyCheckpoint(read, key) ? read.checkpoint : undefined
}

function positionOf(checkpoint: Checkpoint | undefined): Position {
  if (checkpoint === undefined) return NOWHERE
  return { e: checkpoint.e, offset: checkpoint.heartbeat?.next.offset ?? 0n }
}

function isCheckpoint(record: LogRecord | undefined, ref: CheckpointRef): boolean {
  return record?.offset === ref.offset && checkpointHash(record) === ref.hash
}

/** Reads the records between a checkpoint and the batch behind it, the nearest `GAP_MAX` of them. */
async function between(
  reader: LogReader,
  partition: number,
  { offset }: CheckpointRef,
  { from }: SentBatch,
): Promise<readonly LogRecord[]> {
  const count = Math.min(GAP_MAX, Number(from - offset) - 1)
  if (count <= 0) return []
  const records = await reader.read(REVOCATIONS_TOPIC, partition, offset + 1n, count)
  // A leader that shows less than it holds would hide a checkpoint of another sender.
  if (records.length < count) await writtenRecord(reader, at(partition, from))
  return records
}

function at(partition: number, offset: bigint): WrittenAt {
  return { topic: REVOCATIONS_TOPIC, partition, offset }
}
