import type { CheckpointRef } from '@freshet/domain'
import {
  checkpointHash,
  readCheckpoint,
  REVOCATIONS_TOPIC,
  verifyCheckpoint,
  type LogReader,
  type LogRecord,
  type VerifyKey,
} from '@freshet/events'
import { writtenRecord, type WrittenAt } from '../written-record.ts'
import type { CheckpointKeys } from './checkpoint-keys.ts'
import type { SentBatch } from './publish-rows.ts'

/** Records of strangers that are looked at between two of our batches. */
const GAP_MAX = 10_000

/** What reading back needs. */
export interface ReadingBack {
  readonly reader: LogReader
  readonly keys: Pick<CheckpointKeys, 'published'>
}

/** What was found where we believe to have written. */
export interface Found {
  /** Every checkpoint stands at its offset. */
  readonly isIntact: boolean
  /** The highest incarnation of an authentic checkpoint beside ours; 0 where there is none. */
  readonly laterE: bigint
}

/**
 * Whether a stored head still stands where it was acknowledged (rules 30 and 44). A topic that was
 * made anew, or that lost its tail, holds another record there, or none.
 */
export async function isIntact(
  { reader }: Pick<ReadingBack, 'reader'>,
  partition: number,
  head: CheckpointRef,
): Promise<boolean> {
  return isCheckpoint(await writtenRecord(reader, at(partition, head.offset)), head)
}

/**
 * Reads back the path of a publication: the checkpoint it was linked to and every batch but the
 * last (rule 44). The linked one alone is not enough: a tail lost between two batches takes the
 * first, leaves the linked one, and keeps every edge down until base passes. What strangers wrote
 * in between is looked at for a later incarnation, which a late sender may have left (rule 28).
 */
export async function readPathBack(
  { reader, keys }: ReadingBack,
  partition: number,
  linked: CheckpointRef,
  batches: readonly SentBatch[],
): Promise<Found> {
  const path = [linked, ...batches.map(({ checkpoint }) => checkpoint)]
  let laterE = 0n
  for (const [index, batch] of batches.entries()) {
    const before = path[index] ?? linked
    const first = await writtenRecord(reader, at(partition, before.offset))
    if (!isCheckpoint(first, before)) return { isIntact: false, laterE }
    for (const record of await between(reader, partition, before, batch))
      laterE = highest(laterE, incarnationIn(record, keys.published()))
  }
  return { isIntact: true, laterE }
}

/** The incarnation of an authentic checkpoint; 0 for any other record. */
export function incarnationIn(record: LogRecord, keys: readonly VerifyKey[]): bigint {
  const read = readCheckpoint(record)
  const key = keys.find(({ kid }) => kid === read?.kid)
  if (!read || !key || read.checkpoint.partition !== record.partition) return 0n
  return verifyCheckpoint(read, key) ? read.checkpoint.e : 0n
}

function highest(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function isCheckpoint(record: LogRecord | undefined, ref: CheckpointRef): boolean {
  return record?.offset === ref.offset && checkpointHash(record) === ref.hash
}

/** What stands between a checkpoint and the batch behind it, the nearest `GAP_MAX` records. */
async function between(
  reader: LogReader,
  partition: number,
  { offset }: CheckpointRef,
  { from }: SentBatch,
): Promise<readonly LogRecord[]> {
  const count = Math.min(GAP_MAX, Number(from - offset) - 1)
  if (count <= 0) return []
  const records = await reader.read(REVOCATIONS_TOPIC, partition, offset + 1n, count)
  // A leader that shows less than it holds would hide a stranger's checkpoint.
  if (records.length < count) await writtenRecord(reader, at(partition, from))
  return records
}

function at(partition: number, offset: bigint): WrittenAt {
  return { topic: REVOCATIONS_TOPIC, partition, offset }
}
