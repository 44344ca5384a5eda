import { FreshetError } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { ReadPosition } from './record-context.ts'
import type { RecorderStore, RecordingPause } from './recorder-store.ts'

/** First pause after a failure of the broker or the database; doubled with each one that follows. */
export const PAUSE_MIN_MS = 50
/** Longest pause of a partition between two attempts. */
export const PAUSE_MAX_MS = 2_000

/** What the back-off of a partition needs. */
export interface PauseParts {
  readonly store: Pick<RecorderStore, 'notePause' | 'progress'>
  readonly timer: Timer
  /** The partition pauses: `error` names what it waits for. Called for each attempt that failed. */
  onPaused?(partition: number, error: FreshetError): void
  /** Records of the partition were recorded: for the first time, or after a pause. */
  onResumed?(partition: number): void
}

/** The back-off of one partition. */
export interface Pause {
  /**
   * Waits, longer each time; throws what waiting cannot heal. Where records were at hand, `at` is the place of
   * the first that is not recorded, and the store notes the pause. It notes the stored place of a partition that
   * the topic lacks.
   */
  after(error: unknown, at?: ReadPosition): Promise<void>
  /** Records were recorded: the next failure is a first one again. */
  over(): void
}

/** Makes the back-off of a partition, which ends with the signal. */
export function pauseOf(parts: PauseParts, partition: number, signal: AbortSignal): Pause {
  let attempts = 0
  let sinceMs = 0
  let isKnown = false
  return {
    async after(error, at) {
      if (!pausesOnePartition(error)) throw error
      if (attempts === 0) sinceMs = parts.timer.nowMs()
      const ms = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** attempts)
      attempts += 1
      isKnown = false
      parts.onPaused?.(partition, error)
      const { code, message } = error
      const place = at ?? (await lackingPlace(parts, partition, error))
      if (place) await noted(parts, { partition, at: place, code, message, sinceMs, attempts })
      await parts.timer.sleep(ms, signal)
    },
    over() {
      attempts = 0
      if (!isKnown) parts.onResumed?.(partition)
      isKnown = true
    },
  }
}

/** The place at which a partition stops that the topic lacks: no record comes that would show it. */
async function lackingPlace(
  { store }: PauseParts,
  partition: number,
  { code }: FreshetError,
): Promise<ReadPosition | undefined> {
  if (code !== 'topic.mismatch') return undefined
  const known = await store.progress(partition).catch(() => undefined)
  return known && { e: known.e, nextOffset: known.nextOffset }
}

/** A store that cannot keep it is the cause of the pause, which goes on by itself. */
async function noted({ store }: PauseParts, pause: RecordingPause): Promise<void> {
  try {
    await store.notePause(pause)
  } catch {
    // The error of the attempt was given to `onPaused`.
  }
}

/**
 * Whether an error concerns one partition, so that this one pauses and all others go on: what the world can heal,
 * and a topic that lacks the partition. Configuration and schema concern the whole process.
 */
function pausesOnePartition(error: unknown): error is FreshetError {
  if (!(error instanceof FreshetError)) return false
  return error.disposition === 'retry' || error.code === 'topic.mismatch'
}
