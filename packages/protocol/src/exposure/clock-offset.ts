/** An estimate of how far another clock is ahead of ours. */
export interface OffsetEstimate {
  readonly offsetMs: number
  /** Half the interval that the offset lies in; `null` while only its lower end is known. */
  readonly errorMs: number | null
}

interface Bounds {
  lowMs: number
  highMs: number
}

/** The other clock has whole milliseconds and omits the rest. */
const TRUNCATED_MS = 1

/**
 * The offset of another clock from this one, from moments that both clocks saw one after the other. A
 * received message was stamped before: the offset is at least the stamp less the receipt. A sent message is
 * stamped after: the offset is at most the stamp less the sending. The nearest bounds of the last two windows
 * count, so a slow journey only makes the error larger, and clocks that drift or jump are followed.
 */
export class ClockOffset {
  readonly #windowMs: number
  #untilMs = Number.NEGATIVE_INFINITY
  #before: Bounds = unbounded()
  #now: Bounds = unbounded()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Something stamped by the other clock was received. */
  received(stampMs: number, ownMs: number): void {
    this.#turn(ownMs)
    this.#now.lowMs = Math.max(this.#now.lowMs, stampMs - ownMs)
  }

  /** A message that we sent at our time `ownMs` was stamped by the other clock. */
  sent(stampMs: number, ownMs: number): void {
    this.#turn(ownMs)
    this.#now.highMs = Math.min(this.#now.highMs, stampMs + TRUNCATED_MS - ownMs)
  }

  /**
   * Bounds that contradict each other are of clocks that jumped, or of several: the offset is then
   * between them, and the error as large as they are apart. `undefined` before anything was received.
   */
  get estimate(): OffsetEstimate | undefined {
    const lowMs = Math.max(this.#before.lowMs, this.#now.lowMs)
    const highMs = Math.min(this.#before.highMs, this.#now.highMs)
    if (lowMs === Number.NEGATIVE_INFINITY) return undefined
    if (highMs === Number.POSITIVE_INFINITY) return { offsetMs: lowMs, errorMs: null }
    return { offsetMs: (lowMs + highMs) / 2, errorMs: Math.abs(highMs - lowMs) / 2 }
  }

  #turn(ownMs: number): void {
    if (ownMs < this.#untilMs) return
    // After a pause of more than a window nothing of before is near enough.
    this.#before = ownMs < this.#untilMs + this.#windowMs ? this.#now : unbounded()
    this.#now = unbounded()
    this.#untilMs = ownMs + this.#windowMs
  }
}

function unbounded(): Bounds {
  return { lowMs: Number.NEGATIVE_INFINITY, highMs: Number.POSITIVE_INFINITY }
}
