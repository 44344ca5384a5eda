import type { Clock } from '@freshet/protocol'
import { ClockOffset } from '@freshet/protocol/exposure'
import type { EdgeClock } from '@freshet/wire'
import { CLOCK_WINDOW_MS } from '../limits.ts'

/**
 * The broker's clock as this edge estimates it: from when checkpoints were appended and received, and when
 * reports were sent and appended. It uses the edge's monotonic clock, so a wall clock that is wrong or jumps
 * changes only the reported offset.
 */
export class BrokerTime {
  readonly #clock: Clock
  readonly #offset = new ClockOffset(CLOCK_WINDOW_MS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A checkpoint that was appended then has just been received. */
  received(appendedAtMs: number): void {
    this.#offset.received(appendedAtMs, this.#clock.monotonicMs())
  }

  /** A report was appended then; it had been sent at this monotonic time. */
  acknowledged(appendedAtMs: number, sentMs: number): void {
    // A topic without LogAppendTime has no time of its broker.
    if (appendedAtMs > 0) this.#offset.sent(appendedAtMs, sentMs)
  }

  /** A monotonic time of ours by the broker's clock; `undefined` before anything was received. */
  brokerMs(ownMs: number): number | undefined {
    const { estimate } = this.#offset
    return estimate && ownMs + estimate.offsetMs
  }

  /** The other way round. */
  ownMs(brokerMs: number): number | undefined {
    const { estimate } = this.#offset
    return estimate && brokerMs - estimate.offsetMs
  }

  /** The lead of the broker's clock over our wall clock. */
  get edgeClock(): EdgeClock | undefined {
    const { estimate } = this.#offset
    if (estimate === undefined) return undefined
    const { offsetMs, errorMs } = estimate
    const wallMs = this.#clock.nowMs() - this.#clock.monotonicMs()
    return {
      offsetMs: toMicroseconds(offsetMs - wallMs),
      errorMs: errorMs && toMicroseconds(errorMs),
    }
  }
}

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
