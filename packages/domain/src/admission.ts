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

/** What was done in how long while most places were taken; what is older counts less. */
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
 * One more piece was done, so long after the one before, and most places were taken meanwhile. Only
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

/** How long a piece is believed to take where nobody is refused, after so many were measured. */
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
 * What is believed after one more piece took `tookMs`, and pieces take `nowMs` as just measured. The
 * faster is believed at once, the slower by and by: a crowd slows down what it waits for, and who
 * comes back when it is over should not wait as if it lasted.
 */
export function withPace({ ms, pieces }: Pace, nowMs: number, tookMs: number): Pace {
  const isKnown = pieces >= PIECES_MIN && nowMs > ms
  const share = isKnown ? Math.min(1, tookMs / SLOWER_AFTER_MS) : 1
  return { ms: ms + (nowMs - ms) * share, pieces: Math.min(PIECES_MIN, pieces + 1) }
}
