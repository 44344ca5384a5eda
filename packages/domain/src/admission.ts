/** How much work is taken on at once. */
export interface AdmissionLimits {
  /** Pieces of work under way. */
  readonly runningMax: number
  /** Pieces that wait for a place. */
  readonly waitingMax: number
  /** Places that one client may wait in, so that others find one in its storm. */
  readonly waitingPerClientMax: number
}

/** What is under way and what waits; `ofClient` is what waits for the client that asks. */
export interface AdmissionLoad {
  readonly running: number
  readonly waiting: number
  readonly ofClient: number
}

/** What becomes of one more piece of work. */
export function admit(load: AdmissionLoad, limits: AdmissionLimits): 'run' | 'wait' | 'refuse' {
  if (load.running < limits.runningMax && load.waiting === 0) return 'run'
  if (load.waiting >= limits.waitingMax) return 'refuse'
  return load.ofClient < limits.waitingPerClientMax ? 'wait' : 'refuse'
}

/** What was done in how long while every place was taken; what is older counts less. */
export interface Throughput {
  readonly tookMs: number
  readonly pieces: number
}

/** What is believed before anything was measured: 24 at once, of 10 ms each. */
export const FIRST_GUESS: Throughput = { tookMs: 10, pieces: 24 }
/** So many pieces later, what was measured counts a third (1/e). */
export const REMEMBERED_PIECES = 1_000
/** What refusing takes, in pieces of work. */
export const REFUSAL_COST = 0.2
/** The most that refusing can have taken beside a piece: it takes nothing from who waits for a database. */
export const REFUSING_MAX = 0.5

/**
 * One more piece was done, so long after the one before, and every place was taken meanwhile. Only
 * then does it tell what can be done: where places are free, pieces are few because few are asked
 * for. What was refused meanwhile took time as well, which those who are told to come back will have.
 */
export function withPiece(before: Throughput, tookMs: number, refused: number): Throughput {
  const kept = 1 - 1 / REMEMBERED_PIECES
  const pieces = 1 + Math.min(REFUSING_MAX, refused * REFUSAL_COST)
  return { tookMs: before.tookMs * kept + tookMs, pieces: before.pieces * kept + pieces }
}

/** How long one piece takes of the whole capacity: ten at once of 50 ms each take 5 ms each. */
export function pieceMs({ tookMs, pieces }: Throughput): number {
  return tookMs / pieces
}

/** Nobody is asked to come back later than this. */
export const RETURN_MAX_MS = 300_000
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
  /** {@link pieceMs}, as last measured. */
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
  const freeMs = Math.max(bookedUntilMs, nowMs + waiting * msPerPiece)
  const placeMs = freeMs + msPerPiece / RETURN_SHARE
  const waitMs = placeMs - nowMs
  const spreadMs = Math.max(RETURN_SPREAD_MIN_MS, waitMs * RETURN_SPREAD)
  const leastMs = waitMs * (1 - RETURN_SPREAD / 2)
  if (leastMs + spreadMs <= RETURN_MAX_MS) {
    return { afterMs: leastMs + random * spreadMs, bookedUntilMs: placeMs }
  }
  return { afterMs: RETURN_MAX_MS * (0.5 + random / 2), bookedUntilMs: freeMs }
}
