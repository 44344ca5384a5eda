import type { Timer } from '@freshet/wire'

interface Sleeper {
  readonly dueMs: number
  readonly wake: () => void
}

/**
 * A timer that moves only when a test moves it. Wall and monotonic time advance together;
 * `jumpWall` moves the wall clock alone, as a correction by NTP does.
 */
export class ManualClock implements Timer {
  #wallMs: number
  #monotonicMs = 0
  readonly #sleepers = new Set<Sleeper>()

  constructor(startMs = 1_795_514_400_000) {
    this.#wallMs = startMs
  }

  nowMs(): number {
    return this.#wallMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  /** The number of sleepers that wait now. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake)
        this.#sleepers.delete(sleeper)
        resolve()
      }
      const sleeper: Sleeper = { dueMs: this.#monotonicMs + Math.max(0, ms), wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  /**
   * Moves time on by `ms` and wakes each sleeper at its own moment, in order; a woken one runs, and can sleep
   * again, before the next one wakes.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#moveTo(Math.max(this.#monotonicMs, next.dueMs))
      next.wake()
      await settle()
    }
    this.#moveTo(endMs)
    await settle()
  }

  /** Moves the wall clock alone, forwards or backwards; sleepers do not notice. */
  jumpWall(ms: number): void {
    this.#wallMs += ms
  }

  #nextDue(endMs: number): Sleeper | undefined {
    let first: Sleeper | undefined
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs <= endMs && (first === undefined || sleeper.dueMs < first.dueMs)) {
        first = sleeper
      }
    }
    return first
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }
}

/** Lets everything that can run without I/O run: promise chains first, then queued immediates. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
