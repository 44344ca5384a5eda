import type { DenialKind } from './scope.ts'

/**
 * A denial outlives the `exp` of its token by this: twice the skew that an edge can have and still call
 * something fresh, twice, and the seconds that both were rounded to.
 */
export const DENIAL_SKEW_MS = 10_000

/** The expiry of a denial's token, in milliseconds since 1970; absent if the token was not verified. */
export interface KnownEnd {
  readonly expMs?: number
}

/** The times that decide how long a stored denial counts. */
export interface RecordedDenial extends KnownEnd {
  readonly kind: DenialKind
  /** The time of its last recording, in milliseconds since 1970. */
  readonly recordedAtMs: number
}

/**
 * Returns true if `fresh` lasts longer than `before`, which denies the same target. A denial without
 * a known end lasts longer than every denial with one.
 */
export function endsLater(before: KnownEnd, fresh: KnownEnd): boolean {
  if (before.expMs === undefined) return false
  return fresh.expMs === undefined || fresh.expMs > before.expMs
}

/**
 * Returns true if a token that the denial names can live at an edge. A new root carries these denials
 * and no others. `keptMs` is T_max and its margin: no edge accepts a token that lives longer (rule 25).
 */
export function judgesLivingTokens(
  { kind, recordedAtMs, expMs = Infinity }: RecordedDenial,
  { nowMs, keptMs }: { readonly nowMs: number; readonly keptMs: number },
): boolean {
  if (kind === 'key' || kind === 'issuer') return true
  return recordedAtMs > nowMs - keptMs && expMs > nowMs - DENIAL_SKEW_MS
}
