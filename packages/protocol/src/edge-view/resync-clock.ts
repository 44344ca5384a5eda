import type { CheckpointRef } from '../checkpoint/checkpoint.ts'
import type { Bounds } from './follow-event.ts'

/**
 * Decides when a follower reads again from a base. Three conditions hold: a heartbeat without a path was
 * read; none counted for a lease, or the contact was restored since; and the last resync is a lease ago and
 * was read to its begin.
 */
export class ResyncClock {
  readonly #leaseMs: number
  #extendedAtMs: number
  #startedAtMs = Number.NEGATIVE_INFINITY
  #wanted: CheckpointRef | undefined
  #isSuspicious = false
  #position = 0n
  #until = 0n

  constructor(leaseMs: number, nowMonoMs: number) {
    this.#leaseMs = leaseMs
    this.#extendedAtMs = nowMonoMs
  }

  reached(nextOffset: bigint): void {
    this.#position = nextOffset
  }

  /** Everything there is was read, even if that is less than it was when the resync began. */
  reachedEnd(): void {
    this.#until = 0n
  }

  /** A valid heartbeat could not be reached; its base is where its path would begin. */
  want(base: CheckpointRef): void {
    this.#wanted = base
  }

  /** The log may have changed below the position: the next missing path need not wait a lease. */
  suspect(): void {
    this.#isSuspicious = true
  }

  extended(nowMonoMs: number): void {
    this.#extendedAtMs = nowMonoMs
    this.#isSuspicious = false
    this.#wanted = undefined
  }

  isOverdue(nowMonoMs: number): boolean {
    return nowMonoMs - this.#extendedAtMs > this.#leaseMs
  }

  due(nowMonoMs: number): CheckpointRef | undefined {
    if (!this.#isSuspicious && !this.isOverdue(nowMonoMs)) return undefined
    // Restarting before the last one was read through would never end on a long topic.
    if (this.#position < this.#until) return undefined
    if (nowMonoMs - this.#startedAtMs <= this.#leaseMs) return undefined
    return this.#wanted
  }

  started(nowMonoMs: number): void {
    this.#startedAtMs = nowMonoMs
    this.#until = this.#position
    this.#isSuspicious = false
    this.#wanted = undefined
  }

  /** The position is gone: from the wanted base if it still exists, else from the earliest. */
  again(bounds: Bounds, nowMonoMs: number): bigint {
    const wanted = this.#wanted?.offset
    this.#until = 0n
    this.#startedAtMs = nowMonoMs
    this.#wanted = undefined
    const exists = wanted !== undefined && wanted >= bounds.earliest && wanted < bounds.end
    return exists ? wanted : bounds.earliest
  }
}
