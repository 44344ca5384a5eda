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
