import type { RateLimit } from './rate-limit.ts'

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
