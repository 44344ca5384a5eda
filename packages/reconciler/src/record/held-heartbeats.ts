import { EVENT_TYPES, isOfType, type LogRecord, type Timer } from '@freshet/events'
import { RECORDINGS, untilNext } from '../recurrence.ts'
import { BATCH_MAX } from './record-batch.ts'

/** What holding needs. */
export interface HoldingParts {
  /** Its `sleep` lets all partitions wake together. */
  readonly timer: Pick<Timer, 'monotonicMs' | 'sleep'>
  /**
   * Records what was held, in the order of offsets. Calls never overlap. `isCommon`: heartbeats alone, at the time that
   * is common to all partitions.
   */
  readonly record: (records: readonly LogRecord[], isCommon: boolean) => Promise<void>
  /** Told of an error of `record` that nobody waits for. */
  readonly onFailed: (error: unknown) => void
  readonly signal: AbortSignal
}

/**
 * Holds the heartbeats of one partition until the next {@link RECORDINGS}, since publishers tell edges of them
 * once a second. Whatever else comes is recorded at once, behind what is held. At most `BATCH_MAX`
 * records are held; whoever ends before they are recorded reads them again.
 */
export class HeldHeartbeats {
  readonly #parts: HoldingParts
  #held: LogRecord[] = []
  #recording: Promise<void> = Promise.resolve()
  #isWaiting = false

  constructor(parts: HoldingParts) {
    this.#parts = parts
  }

  /** Takes the next records of the partition; resolves when they are recorded or held. */
  async take(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) this.#held.push(record)
    if (records.length === 0) return
    if (this.#held.length < BATCH_MAX && records.every(isHeartbeat)) this.#wait()
    else await this.#record(false)
  }

  /**
   * Drops what is held and waits for what is being recorded, so that nothing of the log as it was is recorded behind
   * a position that is asked for afterwards. Resolves with whether anything was dropped: it has to be read again.
   */
  async drop(): Promise<boolean> {
    const wasHeld = this.#held.length > 0
    this.#held = []
    await this.#recording
    return wasHeld
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
      const held = this.#held
      this.#held = []
      return held.length === 0 ? undefined : this.#parts.record(held, isCommon)
    })
    return this.#recording
  }
}

function isHeartbeat({ headers }: LogRecord): boolean {
  return isOfType(headers, EVENT_TYPES.heartbeat)
}
