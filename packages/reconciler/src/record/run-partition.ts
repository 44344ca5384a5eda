import { FreshetError } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  type LogFollower,
  type LogReader,
  type LogRecord,
  type Timer,
} from '@freshet/wire'
import { HeartbeatBatcher, recordShared } from './heartbeat-batcher.ts'
import { recordBatch } from './record-batch.ts'
import type { ReadPosition, RecordContext, RecordResult } from './record-transaction.ts'
import type { RecorderStore } from './recorder-store.ts'
import { pauseOf, type Pause, type PauseParts } from './recording-pause.ts'

/** A policy version by its number and the hash of its text. */
type ActiveVersion = Extract<RecordResult, { kind: 'waiting' }>['needs']

/** The position from which a partition is read, once the topic is known to be the remembered one. */
export interface VerifiedPosition {
  readonly e: bigint
  readonly nextOffset: bigint
}

/** Checks whether the change topic is still the one that the database knows (rules 27 and 28). */
export interface IncarnationCheck {
  /**
   * Compares the record before our position with the records that the database and the last checkpoint name.
   * If it is another or unreadable, the check raises the incarnation of all partitions. Resolves with the
   * position in force afterwards.
   *
   * @throws `broker.unavailable`, `database.*`
   */
  verify(partition: number): Promise<VerifiedPosition>
}

/** The dependencies of a partition's loop. */
export interface PartitionLoop extends RecordContext, PauseParts {
  readonly store: RecorderStore
  readonly reader: LogReader
  readonly incarnation: IncarnationCheck
  /**
   * Loads a policy version that a record needs, so that `registryOf` knows it. If it is absent, another part
   * of the process must load the version.
   *
   * @throws `registry.not-loaded`, `database.*`: the partition pauses
   */
  loadVersion?(version: ActiveVersion): Promise<unknown>
  /** Lets the loops of all partitions wake together (`commonSleep`). Default: the timer's own. */
  readonly sleep?: Timer['sleep']
  /**
   * Called after heartbeats that ended a silence of a partition were recorded, which then happens at once.
   * Absent: they wait for the common time.
   */
  onSilenceEnded?(partition: number): void
}

/**
 * Records a partition of the change topic until the signal aborts.
 *
 * Each partition has a loop of its own, so a mass of subjects' changes never delays the control partition.
 * Labels have both positions, so neither partition waits for the other. A temporary error (disposition
 * `retry`), or a topic that lacks the partition, pauses this partition alone.
 *
 * @throws every error that concerns the whole process
 */
export async function runPartition(
  loop: PartitionLoop,
  partition: number,
  signal: AbortSignal,
): Promise<void> {
  const pause = pauseOf(loop, partition, signal)
  while (!signal.aborted) {
    try {
      await followOnce(loop, partition, { pause, signal })
    } catch (error) {
      await pause.after(error)
    }
  }
}

interface Following {
  readonly pause: Pause
  readonly signal: AbortSignal
}

/** Follows from the verified position until the signal aborts or the position is superseded. */
async function followOnce(
  loop: PartitionLoop,
  partition: number,
  { pause, signal }: Following,
): Promise<void> {
  const session = new AbortController()
  const at: Session = {
    position: await loop.incarnation.verify(partition),
    signal: AbortSignal.any([signal, session.signal]),
    end: () => session.abort(),
    pause,
  }
  let failure: unknown
  const { timer, sleep = (...until) => timer.sleep(...until) } = loop
  const held = new HeartbeatBatcher({
    timer: { monotonicMs: () => timer.monotonicMs(), sleep },
    record: (records, isCommon) => take(loop, at, records, isCommon),
    onFailed: (error) => {
      failure = error
      session.abort()
    },
    onSilenceEnded: loop.onSilenceEnded && (() => loop.onSilenceEnded?.(partition)),
    signal,
  })
  const from = new Map([[partition, at.position.nextOffset]])
  try {
    await loop.reader.follow(CHANGES_TOPIC, from, followerOf(loop, at, held), at.signal)
  } finally {
    session.abort()
    // No record of this session is recorded after the next session has requested its position. `failure` has
    // the error.
    await held.drop().catch(() => false)
  }
  if (failure !== undefined) throw failure
}

/** One session of following a partition; it ends if the stored position is another one. */
interface Session {
  position: ReadPosition
  readonly signal: AbortSignal
  readonly end: () => void
  readonly pause: Pause
}

function followerOf(loop: PartitionLoop, at: Session, held: HeartbeatBatcher): LogFollower {
  return {
    onRecords: (_partition, records) => held.take(records),
    onOffsetLost: async (partition) => {
      await held.drop()
      at.position = await loop.incarnation.verify(partition)
      return at.position.nextOffset
    },
    onReconnect: async (partition) => {
      const wasHeld = await held.drop()
      const now = await loop.incarnation.verify(partition)
      const same = now.e === at.position.e && now.nextOffset === at.position.nextOffset
      // The log can hold other records by now at the places of the dropped ones.
      if (!same || wasHeld) at.end()
    },
  }
}

/**
 * Tries until the records are recorded, the session has ended, or an error cannot be retried. It first tries
 * once together with other partitions if `isCommon` is set.
 */
async function take(
  loop: PartitionLoop,
  at: Session,
  records: readonly LogRecord[],
  isCommon: boolean,
): Promise<void> {
  const receivedAtMs = loop.timer.nowMs()
  const context = following(loop, at)
  if (isCommon && (await tookBatch(context, at, { records, receivedAtMs }))) return
  for (let rest = records; rest.length > 0 && !at.signal.aborted; rest = after(at, rest)) {
    try {
      const result = await recordBatch(context, rest, { ...at.position, receivedAtMs })
      if (result.kind === 'superseded') return at.end()
      const { nextOffset, policy } = result
      at.position = { ...at.position, nextOffset, policy }
      if (result.kind === 'recorded') return at.pause.over()
      await loadNeeded(loop, result.needs)
    } catch (error) {
      await at.pause.after(error, at.position)
    }
  }
}

/** Returns true if they are recorded, or the session has ended; else they must be recorded alone. */
async function tookBatch(
  context: RecordContext,
  at: Session,
  { records, receivedAtMs }: { readonly records: readonly LogRecord[]; receivedAtMs: number },
): Promise<boolean> {
  if (at.signal.aborted) return true
  const result = await recordShared(context, records, { ...at.position, receivedAtMs })
  if (result === undefined) return false
  if (result.kind === 'superseded') at.end()
  else at.pause.over()
  return true
}

/** The position moves with each commit, so that a pause names the next record. */
function following(loop: PartitionLoop, at: Session): RecordContext {
  return {
    ...loop,
    onCommitted(partition, batch) {
      const { nextOffset, decision } = batch
      at.position = { ...at.position, nextOffset, policy: decision.policy }
      loop.onCommitted?.(partition, batch)
    },
  }
}

function after({ position }: Session, records: readonly LogRecord[]): readonly LogRecord[] {
  return records.filter(({ offset }) => offset >= position.nextOffset)
}

async function loadNeeded(loop: PartitionLoop, needs: ActiveVersion): Promise<void> {
  await loop.loadVersion?.(needs)
  if (loop.registryOf(needs.pv, needs.hash) === undefined) throw notLoaded(needs.pv)
}

function notLoaded(pv: number): FreshetError {
  const message = `Policy version ${pv} is active but not loaded in this process.`
  return new FreshetError('registry.not-loaded', message)
}
