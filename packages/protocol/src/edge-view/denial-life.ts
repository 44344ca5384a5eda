import type { DenialKind } from '../scope/scope.ts'

/** A denial as a record states it. */
export interface StatedDenial {
  readonly kind: DenialKind
  /** The time of the order, by the clock of the process that verified the token. */
  readonly occurredAtMs: number
  /** The expiry of the denied token; absent if no process verified the token. */
  readonly expMs?: number
}

/** The bounds of a denial's life at an edge. */
export interface DenialTerms {
  /** T_max and its margin: no token that a session's or a token's denial names lives longer. */
  readonly keptMs: number
  /** A denial outlives the `exp` of its token by this, because clocks differ. */
  readonly skewMs: number
}

/**
 * The time for which an edge keeps a denial, in milliseconds from the moment at which it applies the record.
 * Infinite for keys and issuers.
 *
 * The edge applies a record after the record was ordered. So the life that was left when it was ordered,
 * counted by the edge's monotonic clock, ends after the token does, whatever the edge's wall clock shows.
 */
export function denialLifeMs(
  { kind, occurredAtMs, expMs }: StatedDenial,
  { keptMs, skewMs }: DenialTerms,
): number {
  if (kind === 'key' || kind === 'issuer') return Number.POSITIVE_INFINITY
  if (kind !== 'token' || expMs === undefined) return keptMs
  return Math.min(keptMs, Math.max(0, expMs - occurredAtMs) + skewMs)
}
