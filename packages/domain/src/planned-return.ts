/** Nobody is asked to come back later than this. */
export const RETURN_MAX_MS = 300_000
/** Nobody comes back earlier: `Retry-After` tells whole seconds. */
export const RETURN_MIN_MS = 1_000
/** The part of the capacity that is promised to those who come back; the rest is for new ones. */
export const RETURN_SHARE = 0.9
/**
 * Over how much of the wait, around its end, chance spreads returns. Half: since clients are told
 * whole seconds, less would let those come back together who were refused together.
 */
export const RETURN_SPREAD = 0.5
/** The least that returns are spread over: what the seconds of `Retry-After` can tell apart. */
export const RETURN_SPREAD_MIN_MS = 1_000

/** The moment of a refusal. */
export interface Refusal {
  /** By a clock that never goes back, as `bookedUntilMs` is. */
  readonly nowMs: number
  /** Pieces that wait, which go first. */
  readonly waiting: number
  /** How long a piece takes of the whole capacity. */
  readonly msPerPiece: number
  /** From 0 to below 1, by chance. */
  readonly random: number
}

/** When to come back, and until when the capacity is promised then. */
export interface PlannedReturn {
  readonly afterMs: number
  readonly bookedUntilMs: number
}

/**
 * Gives whoever is refused a moment of his own, behind all who were refused before: a crowd comes
 * back as fast as it can be served, and no faster. What is not taken up is lost with its moment, so
 * nothing has to be remembered of anybody. Chance moves each return, the further the longer the
 * wait, so that the books of several processes do not fall in step.
 *
 * Never longer than {@link RETURN_MAX_MS}; who would have to wait longer comes back in its second half.
 */
export function planReturn(bookedUntilMs: number, refusal: Refusal): PlannedReturn {
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

/** As `Retry-After` says it: the whole seconds that are nearest, at least one. */
export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1_000))
}
