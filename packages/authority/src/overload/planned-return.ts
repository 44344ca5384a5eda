/** The latest planned return, in milliseconds from now. */
export const RETURN_MAX_MS = 300_000
/** The earliest planned return: `Retry-After` has whole seconds. */
export const RETURN_MIN_MS = 1_000
/** The part of the capacity that is promised to those who come back; the rest is for new ones. */
export const RETURN_SHARE = 0.9
/**
 * The share of the wait, around its end, over which chance spreads returns. It is half: clients get whole
 * seconds, so a smaller spread would bring clients back together that were refused together.
 */
export const RETURN_SPREAD = 0.5
/** The least spread of returns: the difference that the seconds of `Retry-After` can show. */
export const RETURN_SPREAD_MIN_MS = 1_000

/** The moment of a refusal, from which its return is planned. */
export interface ReturnTerms {
  /** The present time of a clock that never goes back, as for `bookedUntilMs`. */
  readonly nowMs: number
  /** Pieces that wait, which go first. */
  readonly waiting: number
  /** The share of the whole capacity that one piece takes, as a time. */
  readonly msPerPiece: number
  /** A random number from 0 to below 1. */
  readonly random: number
}

/** The planned return of a client, and the end of the capacity that is reserved then. */
export interface PlannedReturn {
  readonly afterMs: number
  readonly bookedUntilMs: number
}

/**
 * Gives each refused client a return time of its own, after all that were refused before: a crowd comes back
 * as fast as it can be served, and no faster. A return that a client does not use is lost with its time, so
 * the planner keeps no state of any client. Chance moves each return, the further the longer the wait, so
 * that the books of several processes do not fall in step.
 *
 * No wait is longer than {@link RETURN_MAX_MS}; a client that would wait longer comes back in its second
 * half.
 */
export function planReturn(bookedUntilMs: number, refusal: ReturnTerms): PlannedReturn {
  const { nowMs, waiting, msPerPiece, random } = refusal
  const freeMs = Math.max(bookedUntilMs, nowMs + Math.max(RETURN_MIN_MS, waiting * msPerPiece))
  const placeMs = freeMs + msPerPiece / RETURN_SHARE
  const waitMs = placeMs - nowMs
  const spreadMs = Math.max(RETURN_SPREAD_MIN_MS, waitMs * RETURN_SPREAD)
  if (waitMs + spreadMs / 2 <= RETURN_MAX_MS) {
    return { afterMs: waitMs + (random - 0.5) * spreadMs, bookedUntilMs: placeMs }
  }
  return { afterMs: RETURN_MAX_MS * (0.5 + random / 2), bookedUntilMs: freeMs }
}

/** The value of `Retry-After`: the nearest whole seconds, at least one. */
export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1_000))
}
