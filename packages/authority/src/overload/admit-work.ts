/** Limits of the work that one process takes on at once. */
export interface AdmissionLimits {
  /** Pieces of work under way. */
  readonly runningMax: number
  /** Pieces that wait for a place. */
  readonly waitingMax: number
  /** Places that one client may wait in, so that others find one in its storm. */
  readonly waitingPerClientMax: number
}

/** The work under way and the work that waits; `ofClient` counts the waiting work of the client that asks. */
export interface AdmissionLoad {
  readonly running: number
  readonly waiting: number
  readonly ofClient: number
}

/** Decides about one more piece of work: it runs, waits or is refused. */
export function admit(load: AdmissionLoad, limits: AdmissionLimits): 'run' | 'wait' | 'refuse' {
  if (load.running < limits.runningMax && load.waiting === 0) return 'run'
  if (load.waiting >= limits.waitingMax) return 'refuse'
  return load.ofClient < limits.waitingPerClientMax ? 'wait' : 'refuse'
}

/** The rate of finished work while most places were taken; older work counts less. */
export interface Throughput {
  readonly tookMs: number
  readonly pieces: number
}

/** The assumed rate before the first measurement: 24 at once, of 10 ms each. */
export const FIRST_GUESS: Throughput = { tookMs: 10, pieces: 24 }
/** So many pieces later, what was measured counts a third (1/e). */
export const REMEMBERED_PIECES = 1_000
/** The cost of one refusal, in pieces of work. */
export const REFUSAL_COST = 0.2
/** The most that refusing can have taken beside a piece: it takes nothing from who waits for a database. */
export const REFUSING_MAX = 0.5

/**
 * One more piece was done, so long after the one before, and most places were taken meanwhile. Only then does
 * the rate show the capacity: while places are free, pieces are few because few are requested. Refusals took
 * time as well, and the refused clients will cause it again when they come back.
 */
export function withPiece(before: Throughput, tookMs: number, refused: number): Throughput {
  const kept = 1 - 1 / REMEMBERED_PIECES
  const pieces = 1 + Math.min(REFUSING_MAX, refused * REFUSAL_COST)
  return { tookMs: before.tookMs * kept + tookMs, pieces: before.pieces * kept + pieces }
}

/**
 * The share of the whole capacity that one piece takes, as a time: ten at once of 50 ms each take 5 ms each.
 */
export function pieceMs({ tookMs, pieces }: Throughput): number {
  return tookMs / pieces
}

/** The assumed time of a piece while no client is refused, after so many measurements. */
export interface Pace {
  readonly ms: number
  readonly pieces: number
}

/** As few are no measurement. */
const PIECES_MIN = 500
/** After so long in which all was slower, two thirds of that are believed. */
export const SLOWER_AFTER_MS = 60_000

/** Before anything was measured. */
export const FIRST_PACE: Pace = { ms: pieceMs(FIRST_GUESS), pieces: 0 }

/**
 * Updates the assumed time after one more piece took `tookMs`, while pieces take `nowMs` by the last
 * measurement. A faster time counts at once, a slower one by and by: a crowd slows down its own work, and a
 * client that comes back after the crowd must not wait as if it lasted.
 */
export function withPace({ ms, pieces }: Pace, nowMs: number, tookMs: number): Pace {
  const isKnown = pieces >= PIECES_MIN && nowMs > ms
  const share = isKnown ? Math.min(1, tookMs / SLOWER_AFTER_MS) : 1
  return { ms: ms + (nowMs - ms) * share, pieces: Math.min(PIECES_MIN, pieces + 1) }
}
