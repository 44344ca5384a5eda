import {
  CONTROL_PARTITION,
  HEARTBEAT_INTERVAL_MS,
  heartbeatsIn,
  type Arrived,
} from '@freshet/protocol'
import { isHeartbeatRecord, type LogRecord, type Timer } from '@freshet/wire'
import { RECORDINGS, untilNext } from '../recurrence.ts'
import { authenticated, missing, RECORDS_PER_TRANSACTION_MAX } from './record-batch.ts'
import {
  recordOnce,
  type ReadPosition,
  type RecordContext,
  type RecordResult,
} from './record-transaction.ts'
import type { RecorderStore } from './recorder-store.ts'

/** Bytes of heartbeats that are held at most: one for many tenants has up to a quarter of a mebibyte. */
export const HELD_BYTES_MAX: number = 4 * 1024 * 1024

/** A partition without a record for longer was silent: its sources send more often. */
export const SILENCE_MS: number = 2 * HEARTBEAT_INTERVAL_MS
/** After a silence heartbeats are recorded at once for this long, so that every source gets its first one in. */
export const CATCH_UP_MS: number = 1.5 * HEARTBEAT_INTERVAL_MS

/** The dependencies of a batcher. */
export interface BatcherParts {
  /** Its `sleep` lets all partitions wake together. */
  readonly timer: Pick<Timer, 'monotonicMs' | 'sleep'>
  /**
   * Records the held heartbeats, in the order of offsets. Calls never overlap. `isCommon`: heartbeats alone,
   * at the time that is common to all partitions.
   */
  readonly record: (records: readonly LogRecord[], isCommon: boolean) => Promise<void>
  /** Called for an error of `record` that no caller awaits. */
  readonly onFailed: (error: unknown) => void
  /** Called after heartbeats that ended a silence were recorded. Absent: they wait for the common time, too. */
  readonly onSilenceEnded?: (() => void) | undefined
  readonly signal: AbortSignal
}

/**
 * Holds the heartbeats of one partition until the next {@link RECORDINGS}, because publishers send them to
 * edges once a second. Edges wait for the first ones after a silence, as that of a broker that died: these
 * are recorded at once. Every other record is recorded at once, behind the held heartbeats. At most
 * {@link RECORDS_PER_TRANSACTION_MAX} records and {@link HELD_BYTES_MAX} are held. A process that ends
 * before they are recorded reads them again at its next start.
 */
export class HeartbeatBatcher {
  readonly #parts: BatcherParts
  #held: LogRecord[] = []
  #heldBytes = 0
  #recording: Promise<void> = Promise.resolve()
  #isWaiting = false
  #receivedAtMs = Number.NEGATIVE_INFINITY
  #catchingUpUntilMs = Number.NEGATIVE_INFINITY

  constructor(parts: BatcherParts) {
    this.#parts = parts
  }

  /** Takes the next records of the partition; resolves when they are recorded or held. */
  async take(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      this.#held.push(record)
      this.#heldBytes += record.value?.length ?? 0
    }
    if (records.length === 0) return
    const isAwaited = this.#endsSilence()
    if (!isAwaited && this.#hasRoom() && records.every(isHeartbeatRecord)) this.#wait()
    else await this.#record(false)
    if (isAwaited) this.#parts.onSilenceEnded?.()
  }

  /**
   * Drops the held heartbeats and waits for the recording in progress. So no record of the earlier log is
   * recorded behind a position that is requested afterwards. Resolves with true if anything was dropped,
   * because it must be read again.
   */
  async drop(): Promise<boolean> {
    const wasHeld = this.#empty().length > 0
    await this.#recording
    return wasHeld
  }

  #hasRoom(): boolean {
    return this.#held.length < RECORDS_PER_TRANSACTION_MAX && this.#heldBytes < HELD_BYTES_MAX
  }

  #endsSilence(): boolean {
    const { timer, onSilenceEnded } = this.#parts
    const nowMs = timer.monotonicMs()
    if (nowMs - this.#receivedAtMs > SILENCE_MS) this.#catchingUpUntilMs = nowMs + CATCH_UP_MS
    this.#receivedAtMs = nowMs
    return onSilenceEnded !== undefined && nowMs < this.#catchingUpUntilMs
  }

  #wait(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    void this.#later().catch(this.#parts.onFailed)
  }

  async #later(): Promise<void> {
    const { timer, signal } = this.#parts
    await timer.sleep(untilNext(RECORDINGS, timer.monotonicMs()), signal)
    this.#isWaiting = false
    await this.#record(true)
  }

  #record(isCommon: boolean): Promise<void> {
    this.#recording = this.#recording.then(() => {
      const held = this.#empty()
      return held.length === 0 ? undefined : this.#parts.record(held, isCommon)
    })
    return this.#recording
  }

  #empty(): readonly LogRecord[] {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    return held
  }
}

/**
 * Heartbeats of one partition that are recorded together with those of others; more cost enough by
 * themselves.
 */
export const COALESCED_RECORDS_MAX = 64

/** The same limit in heartbeats, because a record for many tenants has up to a thousand. */
export const COALESCED_HEARTBEATS_MAX = 256

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
  return counts.every((count) => count > 0) && sum <= COALESCED_HEARTBEATS_MAX
}

function areFew(records: readonly LogRecord[]): boolean {
  return records.length <= COALESCED_RECORDS_MAX && records[0]?.partition !== CONTROL_PARTITION
}

function sharing(store: RecorderStore): RecorderStore {
  return { ...store, inPartition: (partition, work) => store.inPartition(partition, work, true) }
}
