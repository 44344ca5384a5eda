/** A limited request of a client to an authority: for a token, or for the denial of one. */
export type LimitedRequest = 'mint' | 'revoke'

/** The rates of requests that a client or a tenant can make; each authority counts by itself. */
export type RequestLimits = Readonly<Record<LimitedRequest, RateLimit>>

/** The limits of a client for which the registry sets none. One authority mints about 1,500 tokens a second. */
export const CLIENT_LIMITS: RequestLimits = {
  mint: { perSecond: 2_000, burst: 4_000 },
  revoke: { perSecond: 2, burst: 120 },
}

/** The limits of all clients of a tenant together, where the registry sets none. */
export const TENANT_LIMITS: RequestLimits = {
  mint: { perSecond: 4_000, burst: 8_000 },
  revoke: { perSecond: 4, burst: 240 },
}

/** An edge drops the denial of a revoked token so long after the token's `exp`, in milliseconds. */
const DENIAL_AFTER_EXP_MS = 10_000

/**
 * The most denials of tokens that a limit of revocations lets be alive at one time, where tokens live so
 * long: each denial ends with its token. The number is for one authority; several multiply it.
 */
export function denialsAlive({ perSecond, burst }: RateLimit, tokenLifeMs: number): number {
  return burst + Math.ceil((perSecond * (tokenLifeMs + DENIAL_AFTER_EXP_MS)) / 1_000)
}

/** `perSecond` on average, and up to `burst` at once after a quiet time. */
export interface RateLimit {
  readonly perSecond: number
  readonly burst: number
}

/** The rest of a limit at a moment of a monotonic clock: the state of a token bucket. */
export interface Allowance {
  readonly left: number
  readonly atMs: number
}

/** The granted part of a request, and the rest of the limit after it. */
export interface Granted {
  /** Whole units, from 0 to what was asked for. */
  readonly granted: number
  /** After this long the rest is there, or as much of it as one burst holds; 0 if all is granted. */
  readonly retryAfterMs: number
  readonly allowance: Allowance
}

/** The allowance before the first request. */
export function fullAllowance({ burst }: RateLimit, nowMs: number): Allowance {
  return { left: burst, atMs: nowMs }
}

/**
 * Grants as many of `wanted` whole units as are left. A caller that needs all or nothing keeps the old
 * allowance if fewer are granted. A clock that stands still or goes back refills nothing.
 */
export function grant(limit: RateLimit, before: Allowance, wanted: number, nowMs: number): Granted {
  const elapsedMs = Math.max(0, nowMs - before.atMs)
  const left = Math.min(limit.burst, before.left + (elapsedMs * limit.perSecond) / 1_000)
  const granted = Math.min(wanted, Math.floor(left))
  const allowance = { left: left - granted, atMs: Math.max(nowMs, before.atMs) }
  const missing = Math.min(wanted - granted, limit.burst) - allowance.left
  const retryAfterMs =
    granted === wanted ? 0 : Math.max(1, Math.ceil((missing / limit.perSecond) * 1_000))
  return { granted, retryAfterMs, allowance }
}
