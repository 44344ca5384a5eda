import {
  batchLength,
  FreshetError,
  type ActivePolicy,
  type Arrived,
  type BatchDecision,
  type Registry,
} from '@freshet/domain'
import { recordsHash, type Incoming, type LogRecord, type Timer } from '@freshet/events'
import { MARK_AGAIN_BATCHES } from '../mark/run-marking.ts'
import { batchEntries } from './audit-entries.ts'
import { decideLoaded } from './decide-loaded.ts'
import { outboxEntries, publishedRecords } from './outbox-entries.ts'
import { parkedEntries } from './parked-entries.ts'
import type { RecordedProgress, RecorderStore, RecorderTransaction } from './recorder-store.ts'
import type { RecordingTurns } from './recording-turns.ts'
import { withoutContent } from './without-content.ts'

/** Records that one transaction takes at most. */
export const BATCH_MAX = 500

/** What recording needs. */
export interface RecordContext {
  readonly store: RecorderStore
  readonly timer: Timer
  /** Issuer of the tokens, as revocations name it. */
  readonly issuer: string
  /** `incomingOf` with the keys that the policy in force has for its sources (rule 32). */
  readonly authenticate: (record: LogRecord, policy: ActivePolicy) => Incoming | Promise<Incoming>
  /** The registry of a policy version, if this process has loaded that very content. */
  readonly registryOf: (pv: number, hash: string) => Registry | undefined
  /** Whose turn it is to record. Absent: everybody's. */
  readonly turns?: RecordingTurns
  /** After each commit: there may be something to publish, `through` may have moved. */
  onCommitted?(partition: number, batch: CommittedBatch): void
  /** Marking after a commit failed. The batch stands; background marking makes up for it. */
  onMarkFailed?(partition: number, error: unknown): void
}

/** What one committed transaction did. */
export interface CommittedBatch {
  readonly e: bigint
  readonly nextOffset: bigint
  /** Records consumed. */
  readonly records: number
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly decision: BatchDecision
}

/** Where the reader believes to be: the position that its first record was read from. */
export interface ReadPosition {
  readonly e: bigint
  readonly nextOffset: bigint
  /** The policy in force there. Absent: what is stored is asked for it. */
  readonly policy?: ActivePolicy
}

/** How recording a list of records ended. */
export type RecordResult =
  | { readonly kind: 'recorded'; readonly nextOffset: bigint; readonly policy: ActivePolicy }
  /** A policy version must be loaded before the record at `nextOffset` can be judged. */
  | {
      readonly kind: 'waiting'
      readonly nextOffset: bigint
      readonly policy: ActivePolicy
      readonly needs: { readonly pv: number; readonly hash: string }
    }
  /**
   * The stored position is of another incarnation, behind ours or under another policy: read again
   * from there.
   */
  | { readonly kind: 'superseded' }

/**
 * Records what was read of a partition, in transactions of at most {@link BATCH_MAX} records.
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
  let marks = 0
  let { nextOffset } = from
  let policy = from.policy ?? (await policyOf(context, records))
  while (at < records.length) {
    const needs = missing(context, policy)
    if (needs) return { result: { kind: 'waiting', nextOffset, policy, needs }, marks }
    const some = records.slice(at, at + BATCH_MAX)
    const step = await recordSome(context, some, { ...from, nextOffset, policy })
    if (step.kind !== 'recorded') return { result: step, marks }
    at += step.consumed
    marks += step.marks
    ;({ nextOffset, policy } = step)
  }
  return { result: { kind: 'recorded', nextOffset, policy }, marks }
}

/** One batch, when it is its partition's turn. */
function recordSome(
  context: RecordContext,
  records: readonly LogRecord[],
  from: Under,
): Promise<Step> {
  const record = async (): Promise<Step> =>
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
  return firstOf({ records, arrived }, batchLength(arrived))
}

interface Batch {
  readonly records: readonly LogRecord[]
  readonly arrived: readonly Arrived[]
}

type Step =
  | {
      readonly kind: 'recorded'
      readonly consumed: number
      readonly nextOffset: bigint
      readonly policy: ActivePolicy
      readonly marks: number
    }
  | Exclude<RecordResult, { kind: 'recorded' }>

type From = ReadPosition & { readonly receivedAtMs: number }
/** The policy by which records were authenticated. */
type Under = From & { readonly policy: ActivePolicy }

/**
 * What the database itself refuses as data stops nobody: the batch is halved until one record is
 * left, whose content is then treated as unreadable.
 */
async function recordReadable(context: RecordContext, batch: Batch, from: Under): Promise<Step> {
  try {
    return await recordOnce(context, batch, from)
  } catch (error) {
    if (!(error instanceof FreshetError) || error.disposition !== 'quarantine') throw error
    const half = Math.ceil(batch.records.length / 2)
    if (batch.records.length > 1) return recordReadable(context, firstOf(batch, half), from)
    return recordOnce(context, { ...batch, arrived: batch.arrived.map(withoutContent) }, from)
  }
}

function firstOf({ records, arrived }: Batch, count: number): Batch {
  return { records: records.slice(0, count), arrived: arrived.slice(0, count) }
}

/** One transaction. */
async function recordOnce(context: RecordContext, batch: Batch, from: Under): Promise<Step> {
  const committed = await context.store.inPartition(
    partitionOf(batch),
    async (tx): Promise<CommittedBatch | undefined> => {
      if (!continues(tx.progress, from)) return undefined
      return decideAndSave(context, tx, batch, from)
    },
  )
  if (committed === undefined) return { kind: 'superseded' }
  context.onCommitted?.(partitionOf(batch), committed)
  return stepAfter(committed)
}

/** Another process may have gone on, and under a policy whose keys are others. */
function continues({ e, nextOffset, policy }: RecordedProgress, from: Under): boolean {
  const { pv, hash } = from.policy
  return e === from.e && nextOffset >= from.nextOffset && policy.pv === pv && policy.hash === hash
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

function partitionOf({ records }: Batch): number {
  return records[0]?.partition ?? 0
}

function stepAfter({ decision, nextOffset }: CommittedBatch): Step {
  const { consumed, marks, policy, waitsFor: needs } = decision
  if (needs !== null) return { kind: 'waiting', nextOffset, policy, needs }
  return { kind: 'recorded', consumed, nextOffset, policy, marks: marks.length }
}

async function decideAndSave(
  context: RecordContext,
  tx: RecorderTransaction,
  batch: Batch,
  from: From,
): Promise<CommittedBatch> {
  const appliedAtMs = context.timer.nowMs()
  const { decision } = await decideLoaded(tx, batch.arrived, {
    registryOf: context.registryOf,
    nowMs: appliedAtMs,
  })
  const published = publishedRecords(decision, context.issuer)
  const last = batch.records[decision.consumed - 1]
  await tx.save({
    decision,
    lastHash: last && last.offset + 1n === decision.nextOffset ? recordsHash([last]) : null,
    receivedAtMs: from.receivedAtMs,
    appliedAtMs,
    outbox: outboxEntries(decision, published, batch.records),
    parked: parkedEntries(decision.quarantine, batch.records),
    published,
    audit: batchEntries({ partition: tx.progress.partition, appliedAtMs, decision }),
  })
  const { nextOffset, consumed } = decision
  const { receivedAtMs } = from
  return { e: tx.progress.e, nextOffset, records: consumed, receivedAtMs, appliedAtMs, decision }
}
