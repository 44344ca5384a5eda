import { CONTROL_PARTITION, heartbeatsIn, type Arrived } from '@freshet/protocol'
import type { LogRecord } from '@freshet/wire'
import { authenticated, missing } from './record-batch.ts'
import type { ReadPosition, RecordContext, RecordResult } from './record-context.ts'
import { recordOnce } from './record-once.ts'
import type { RecorderStore } from './recorder-store.ts'

/**
 * Heartbeats of one partition that are recorded together with those of others; more cost enough by
 * themselves.
 */
export const TOGETHER_RECORDS_MAX = 64

/** The same limit in heartbeats, because a record for many tenants has up to a thousand. */
export const TOGETHER_HEARTBEATS_MAX = 256

/**
 * Tries once to record heartbeats in a transaction with those of the other partitions of subjects.
 * `undefined`: they must be recorded alone, and each failure is then handled alone. So no partition stops
 * another, whatever fails in it. Nothing is recorded twice, because committed records are passed over.
 *
 * The control partition waits for no other one, so it always records alone.
 */
export async function recordShared(
  context: RecordContext,
  records: readonly LogRecord[],
  from: ReadPosition & { readonly receivedAtMs: number },
): Promise<Exclude<RecordResult, { kind: 'waiting' }> | undefined> {
  const { policy } = from
  if (policy === undefined || missing(context, policy) || !areFew(records)) return undefined
  const batch = await authenticated(context, records, policy)
  const isWhole = batch.records.length === records.length
  if (!isWhole || !areFewHeartbeats(batch.arrived)) return undefined
  try {
    const shared = { ...context, store: sharing(context.store) }
    const step = await recordOnce(shared, batch, { ...from, policy })
    return step.kind === 'recorded' || step.kind === 'superseded' ? step : undefined
  } catch {
    return undefined
  }
}

/** Returns whether these are heartbeats alone, and not too many of them. */
function areFewHeartbeats(arrived: readonly Arrived[]): boolean {
  const counts = arrived.map(({ arrival }) => heartbeatsIn(arrival))
  const sum = counts.reduce((before, count) => before + count, 0)
  return counts.every((count) => count > 0) && sum <= TOGETHER_HEARTBEATS_MAX
}

function areFew(records: readonly LogRecord[]): boolean {
  return records.length <= TOGETHER_RECORDS_MAX && records[0]?.partition !== CONTROL_PARTITION
}

function sharing(store: RecorderStore): RecorderStore {
  return { ...store, inPartition: (partition, work) => store.inPartition(partition, work, true) }
}
