import {
  BATCH_HEARTBEATS_MAX,
  batchLength,
  FreshetError,
  heartbeatsIn,
  type ActivePolicy,
  type Arrived,
  type ArrivedChange,
  type UnreadableChange,
} from '@freshet/protocol'
import type { LogRecord } from '@freshet/wire'
import {
  recordOnce,
  walkOnce,
  withLess,
  type Batch,
  type ReadPosition,
  type RecordContext,
  type RecordResult,
  type Step,
  type Under,
} from './record-transaction.ts'

/** Records that one transaction takes at most. */
export const RECORDS_PER_TRANSACTION_MAX = 500

/** Attempts at a record that is alone in its transaction and takes too long, before it is set aside. */
export const ALONE_ATTEMPTS = 3

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

/** The database refused a batch, or it took too long: half of it must be tried. */
interface TooMuch {
  readonly kind: 'too-much'
  /** Records of the batch. */
  readonly records: number
}

/**
 * Records a batch, unless the database refuses it for its content or for the time that it takes. A record
 * that is refused alone is set aside, so that no record stops its partition. An activation is never set
 * aside, because its partition would continue under the version before.
 *
 * @throws `database.*` for an error that is not of the batch, and if even a record that is set aside is
 * refused
 */
async function recordReadable(
  context: RecordContext,
  batch: Batch,
  from: Under,
): Promise<Step | TooMuch> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await recordOnce(withLess(context, attempt - 1), batch, from)
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === undefined) throw error
      if (batch.records.length > 1) return { kind: 'too-much', records: batch.records.length }
      if (reason === 'time' && isActivation(batch)) throw error
      if (reason === 'content' || attempt === ALONE_ATTEMPTS)
        return recordOnce(context, asideOf(batch, reason), from)
    }
  }
}

function reasonOf(error: unknown): SetAsideReason | undefined {
  if (!(error instanceof FreshetError)) return undefined
  if (error.code === 'database.statement-timeout') return 'time'
  return error.disposition === 'quarantine' ? 'content' : undefined
}

function isActivation({ arrived }: Batch): boolean {
  return arrived.some(
    ({ arrival }) => arrival.kind === 'change' && arrival.change.kind === 'activate',
  )
}

function asideOf(batch: Batch, reason: SetAsideReason): Batch {
  return { ...batch, arrived: batch.arrived.map((each) => setAside(each, reason)) }
}

/** The reason why a record cannot be recorded unchanged: its content, or the time that it takes. */
type SetAsideReason = 'content' | 'time'

const RULES: Readonly<Record<SetAsideReason, string>> = {
  content: 'the database cannot hold its content',
  time: 'recording it takes longer than the database allows',
}

/**
 * Returns the record as one that cannot be read. A record that takes too long keeps its subject and its
 * claim, which are then in doubt. A record whose content the database refuses keeps only its source, which is
 * halted in this partition until its next snapshot.
 */
function setAside({ arrival, ...at }: Arrived, reason: SetAsideReason): Arrived {
  const rule = RULES[reason]
  if (arrival.kind !== 'change' && arrival.kind !== 'unreadable') {
    return { ...at, arrival: { kind: 'unauthentic', rule } }
  }
  const record = arrival.kind === 'change' ? unreadable(arrival) : arrival
  const { source, stamp, contentHash } = record
  const kept = reason === 'time' ? record : { source, stamp, contentHash }
  return { ...at, arrival: { ...kept, kind: 'unreadable', rule } }
}

function unreadable({
  change,
  stamp,
  contentHash,
}: ArrivedChange): Omit<UnreadableChange, 'kind' | 'rule'> {
  const { tenant, source, id } = change
  const scope = {
    ...('subject' in change && { subject: change.subject }),
    ...(change.kind === 'claim' && { claim: change.claim }),
  }
  return { tenant, source, id, ...scope, stamp, contentHash }
}
