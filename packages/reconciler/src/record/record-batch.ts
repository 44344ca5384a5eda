import {
  BATCH_HEARTBEATS_MAX,
  batchLength,
  heartbeatsIn,
  type ActivePolicy,
  type Arrived,
} from '@freshet/protocol'
import type { LogRecord } from '@freshet/wire'
import type { ReadPosition, RecordContext, RecordResult } from './record-context.ts'
import type { Batch, Step, Under } from './record-once.ts'
import { recordReadable, type TooMuch } from './record-readable.ts'
import { walkOnce } from './walks/walk-once.ts'

/** Records that one transaction takes at most. */
export const RECORDS_PER_TRANSACTION_MAX = 500

/**
 * Records the records that were read of a partition, in transactions of at most
 * {@link RECORDS_PER_TRANSACTION_MAX} records. If the database refuses a transaction for its content, or for
 * the time that it takes, it is retried with half of its records. After a commit, the next one has up to
 * twice as many.
 *
 * Records that are stored as applied are passed over. So redelivery, a zombie and an unknown outcome change
 * nothing. Data never makes it throw.
 *
 * @throws `database.*`; earlier commits stay
 */
export async function recordBatch(
  context: RecordContext,
  records: readonly LogRecord[],
  from: ReadPosition & { readonly receivedAtMs: number },
): Promise<RecordResult> {
  let at = 0
  let size = RECORDS_PER_TRANSACTION_MAX
  let { nextOffset } = from
  let policy = from.policy ?? (await policyOf(context, records))
  while (at < records.length) {
    const needs = missing(context, policy)
    if (needs) return { kind: 'waiting', nextOffset, policy, needs }
    const some = records.slice(at, at + size)
    const step = await recordSome(context, some, { ...from, nextOffset, policy })
    if (step.kind === 'walks-first') await walkOnce(context, records[0]?.partition ?? 0)
    else if (step.kind === 'too-much') size = Math.ceil(step.records / 2)
    else if (step.kind !== 'recorded') return step
    else {
      at += step.consumed
      size = Math.min(RECORDS_PER_TRANSACTION_MAX, size * 2)
      ;({ nextOffset, policy } = step)
    }
  }
  return { kind: 'recorded', nextOffset, policy }
}

/** Records one batch, in its partition's turn. */
function recordSome(
  context: RecordContext,
  records: readonly LogRecord[],
  from: Under,
): Promise<Step | TooMuch> {
  const record = async (): Promise<Step | TooMuch> =>
    recordReadable(context, await authenticated(context, records, from.policy), from)
  const turn = {
    partition: records[0]?.partition ?? 0,
    isFull: records.length === RECORDS_PER_TRANSACTION_MAX,
  }
  return context.turns === undefined ? record() : context.turns.run(turn, record)
}

async function policyOf(
  { store }: RecordContext,
  [first]: readonly LogRecord[],
): Promise<ActivePolicy> {
  return (await store.progress(first?.partition ?? 0)).policy
}

/**
 * Returns the version in force if this process has not loaded it, because without its keys no proof can be
 * checked.
 */
export function missing(
  { registryOf }: RecordContext,
  { pv, hash }: ActivePolicy,
): { readonly pv: number; readonly hash: string } | undefined {
  return hash === null || registryOf(pv, hash) ? undefined : { pv, hash }
}

/**
 * Returns the next batch of these. It is kept for one transaction only: records that live for several fill
 * the heap.
 */
export async function authenticated(
  context: RecordContext,
  records: readonly LogRecord[],
  policy: ActivePolicy,
): Promise<Batch> {
  const arrived: Arrived[] = []
  let heartbeats = 0
  for (const record of records) {
    const { offset, appendedAtMs } = record
    const read = context.authenticate(record, policy)
    const arrival = read instanceof Promise ? await read : read
    heartbeats += heartbeatsIn(arrival)
    if (heartbeats > BATCH_HEARTBEATS_MAX && arrived.length > 0) break
    arrived.push({ offset, appendedAtMs, arrival })
  }
  const length = batchLength(arrived)
  return { records: records.slice(0, length), arrived: arrived.slice(0, length) }
}
