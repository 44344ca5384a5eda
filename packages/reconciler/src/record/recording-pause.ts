import { FreshetError } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { ReadPosition } from './record-transaction.ts'
import type { RecorderStore, RecordingPause } from './recorder-store.ts'

/** First pause after a failure of the broker or the database; doubled with each further failure. */
export const PAUSE_MIN_MS = 50
/** Longest pause of a partition between two attempts. */
export const PAUSE_MAX_MS = 2_000

/** The dependencies of a partition's back-off. */
export interface PauseParts {
  readonly store: Pick<RecorderStore, 'notePause' | 'progress'>
  readonly timer: Timer
  /** The partition pauses: `error` names its cause. Called for each attempt that failed. */
  onPaused?(partition: number, error: FreshetError): void
  /** Records of the partition were recorded: for the first time, or after a pause. */
  onResumed?(partition: number): void
}

/** The back-off of one partition. */
export interface Pause {
  /**
   * Waits, longer each time; throws an error that waiting cannot resolve. `at` is the place of the first
   * record that is not recorded, if records were read, and the store keeps the pause. For a partition that
   * the topic lacks, the pause has the stored place.
   */
  after(error: unknown, at?: ReadPosition): Promise<void>
  /** Records were recorded: the next failure counts as a first one. */
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

/** Returns the place of the pause for a partition that the topic lacks, because no record shows it. */
async function lackingPlace(
  { store }: PauseParts,
  partition: number,
  { code }: FreshetError,
): Promise<ReadPosition | undefined> {
  if (code !== 'topic.mismatch') return undefined
  const known = await store.progress(partition).catch(() => undefined)
  return known && { e: known.e, nextOffset: known.nextOffset }
}

/** A store that cannot keep the pause is its cause, and the pause continues without it. */
async function noted({ store }: PauseParts, pause: RecordingPause): Promise<void> {
  try {
    await store.notePause(pause)
  } catch {
    // `onPaused` received the error of the attempt.
  }
}

/**
 * Returns whether an error concerns one partition, so that this one pauses and all others continue. Such an
 * error is temporary, or the topic lacks the partition. Errors of configuration and schema concern the whole
 * process.
 */
function pausesOnePartition(error: unknown): error is FreshetError {
  if (!(error instanceof FreshetError)) return false
  return error.disposition === 'retry' || error.code === 'topic.mismatch'
}
