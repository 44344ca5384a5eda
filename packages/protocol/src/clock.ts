/** The only origin of time. Nothing in domain, events or the use cases reads a clock of its own. */
export interface Clock {
  /** Wall time in milliseconds since 1970. May jump, also backwards; compare with care. */
  nowMs(): number
  /** Milliseconds since some fixed moment of this process. Never goes back; measures durations. */
  monotonicMs(): number
}
