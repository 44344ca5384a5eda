import { batchLength, type ActivePolicy, type Arrived } from '@freshet/domain'
import type { LogRecord } from '@freshet/events'
import { MARK_AGAIN_BATCHES } from '../mark/run-marking.ts'
import type { ReadPosition, RecordContext, RecordResult } from './record-context.ts'
import type { Batch, From, Step, Under } from './record-once.ts'
import { recordReadable, type TooMuch } from './record-readable.ts'

/** Records that one transaction takes at most. */
export const BATCH_MAX = 500

/**
 * Records what was read of a partition, in transactions of at most {@link BATCH_MAX} records. A transaction
 * that the database refuses for what it holds, or for the time that it takes, is tried with half of its
 * records; one that was committed is followed by one of up to twice as many.
 *
 * Records that are stored as applied are passed over, so redelivery, a zombie and an unknown
 * outcome change nothing. Data never makes it throw.
 *
 * @throws `database.*`; what was committed before stands
 */
export async function recordBatch(
  context: RecordContext,
  records: readonly LogRecord[],
  from: ReadPosition & { readonly receivedAtMs: number },
): Promise<RecordResult> {
  const { result, marks } = await recordAll(context, records, from)
  const [first] = records
  if (marks > 0 && first !== undefined) await markAgain(context, first.partition)
  return result
}

/** All transactions, and how many marks they left to be made once more. */
async function recordAll(
  context: RecordContext,
  records: readonly LogRecord[],
  from: From,
): Promise<{ readonly result: RecordResult; readonly marks: number }> {
  let at = 0
  let size = BATCH_MAX
  let marks = 0
  let { nextOffset } = from
  let policy = from.policy ?? (await policyOf(context, records))
  while (at < records.length) {
    const needs = missing(context, policy)
    if (needs) return { result: { kind: 'waiting', nextOffset, policy, needs }, marks }
    const some = records.slice(at, at + size)
    const step = await recordSome(context, some, { ...from, nextOffset, policy })
    if (step.kind === 'too-much') size = Math.ceil(step.records / 2)
    else if (step.kind !== 'recorded') return { result: step, marks }
    else {
      at += step.consumed
      size = Math.min(BATCH_MAX, size * 2)
      marks += step.marks
      ;({ nextOffset, policy } = step)
    }
  }
  return { result: { kind: 'recorded', nextOffset, policy }, marks }
}

/** One batch, when it is its partition's turn. */
function recordSome(
  context: RecordContext,
  records: readonly LogRecord[],
  from: Under,
): Promise<Step | TooMuch> {
  const record = async (): Promise<Step | TooMuch> =>
    recordReadable(context, await nextBatch(context, records, from.policy), from)
  const turn = { partition: records[0]?.partition ?? 0, isFull: records.length === BATCH_MAX }
  return context.turns === undefined ? record() : context.turns.run(turn, record)
}

async function policyOf(
  { store }: RecordContext,
  [first]: readonly LogRecord[],
): Promise<ActivePolicy> {
  return (await store.progress(first?.partition ?? 0)).policy
}

/** Without the keys of the version in force nobody can say what is authentic. */
function missing(
  { registryOf }: RecordContext,
  { pv, hash }: ActivePolicy,
): { readonly pv: number; readonly hash: string } | undefined {
  return hash === null || registryOf(pv, hash) ? undefined : { pv, hash }
}

/** What was authenticated is kept for one transaction only: what lives for several fills the heap. */
async function nextBatch(
  context: RecordContext,
  records: readonly LogRecord[],
  policy: ActivePolicy,
): Promise<Batch> {
  const arrived: Arrived[] = []
  for (const record of records) {
    const { offset, appendedAtMs } = record
    const read = context.authenticate(record, policy)
    const arrival = read instanceof Promise ? await read : read
    arrived.push({ offset, appendedAtMs, arrival })
  }
  const length = batchLength(arrived)
  return { records: records.slice(0, length), arrived: arrived.slice(0, length) }
}

/**
 * After publishing was woken, because marks decide nothing, and once for all transactions of a list.
 * Whatever fails here must not look like a
 * failure of the batch, which is committed: its marks are stored and wait for `runMarking`.
 */
async function markAgain(context: RecordContext, partition: number): Promise<void> {
  try {
    await context.store.markAgain(partition, MARK_AGAIN_BATCHES)
  } catch (error) {
    context.onMarkFailed?.(partition, error)
  }
}
