import {
  FreshetError,
  fullAllowance,
  grant,
  type Allowance,
  type Clock,
  type RateLimit,
} from '@freshet/protocol'
import type { AuditLog } from '@freshet/wire'
import type { Context } from 'hono'
import { addressKey } from '../http/address-key.ts'
import type { Logger } from '../logger.ts'
import type { RequestEnv } from '../http/serve-http.ts'

/** Limits on wrong admin tokens. */
export interface TokenAttemptLimits {
  /** The limit of one address. */
  readonly byAddress: RateLimit
  /** The limit of all addresses together. */
  readonly overAll: RateLimit
}

/** 20 wrong tokens at once and one more each 5 s from an address; 200 and one each second over all. */
export const TOKEN_ATTEMPT_LIMITS: TokenAttemptLimits = {
  byAddress: { perSecond: 0.2, burst: 20 },
  overAll: { perSecond: 1, burst: 200 },
}
/** Addresses whose wrong tokens are counted; the one that was counted longest ago is forgotten first. */
const ADDRESSES_MAX = 10_000
/** Addresses that admins came from, which the limit over all does not concern. */
const KNOWN_MAX = 1_000

/** The parts that counting wrong tokens needs. */
export interface TokenAttemptParts {
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn' | 'error'>
  readonly audit: AuditLog
  readonly limits?: TokenAttemptLimits | undefined
  /** Called for each token that is refused: it was wrong, or too many wrong ones had come. */
  readonly onRefused?: ((reason: 'wrong' | 'limited') => void) | undefined
}

/**
 * Slows down guesses of admin tokens. Once an address has sent too many wrong ones, no token from it
 * is looked at until its budget fills up again: a right one is refused as well, since it would else
 * be found at full speed. The limit over all does not concern addresses that an admin came from.
 *
 * Each wrong token that is counted is logged and audited (`admin-refused`), by the address alone.
 */
export class TokenAttempts {
  readonly #parts: TokenAttemptParts
  readonly #limits: TokenAttemptLimits
  readonly #counted = new Map<string, Allowance>()
  readonly #known = new Map<string, true>()
  #overAll: Allowance

  constructor(parts: TokenAttemptParts) {
    this.#parts = parts
    this.#limits = parts.limits ?? TOKEN_ATTEMPT_LIMITS
    this.#overAll = fullAllowance(this.#limits.overAll, parts.clock.monotonicMs())
  }

  /**
   * Counts a token that was sent. `isRight` is the outcome of the comparison.
   *
   * @throws `limit.reached` for a right and a wrong token alike, where the budget is used up
   */
  async count(c: Context, isRight: boolean): Promise<void> {
    const address = peerOf(c)
    const nowMs = this.#parts.clock.monotonicMs()
    const { byAddress, overAll } = this.#limits
    const before = this.#counted.get(address) ?? fullAllowance(byAddress, nowMs)
    const here = grant(byAddress, before, 1, nowMs)
    const all = grant(overAll, this.#overAll, 1, nowMs)
    if (here.granted === 0) throw this.#tooMany(here.retryAfterMs)
    if (all.granted === 0 && !this.#known.has(address)) throw this.#tooMany(all.retryAfterMs)
    if (isRight) return putLast(this.#known, address, { value: true, max: KNOWN_MAX })
    putLast(this.#counted, address, { value: here.allowance, max: ADDRESSES_MAX })
    this.#overAll = all.allowance
    this.#parts.onRefused?.('wrong')
    await this.#tell(address, c.req.path)
  }

  #tooMany(retryAfterMs: number): FreshetError {
    this.#parts.onRefused?.('limited')
    const message =
      'Too many wrong admin tokens came. Wait for Retry-After, then send the right one.'
    return new FreshetError('limit.reached', message, { retryAfterMs })
  }

  /** An audit that fails is logged, and changes no answer. */
  async #tell(address: string, path: string): Promise<void> {
    const { logger, audit, clock } = this.#parts
    logger.warn({ address, path }, 'wrong admin token refused')
    const entry = { kind: 'admin-refused', atMs: clock.nowMs(), tenant: '*' } as const
    const told = { ...entry, ref: address, by: address, detail: { path } }
    await audit.append([told]).catch((err: unknown) => {
      logger.error({ err, address }, 'wrong admin token not audited')
    })
  }
}

/** All requests without a socket count as one address. */
function peerOf(c: Context): string {
  const { incoming } = Object(c.env) as Partial<RequestEnv>
  return addressKey(incoming?.socket.remoteAddress)
}

function putLast<V>(
  map: Map<string, V>,
  key: string,
  { value, max }: { readonly value: V; readonly max: number },
): void {
  map.delete(key)
  map.set(key, value)
  const { value: oldest } = map.keys().next()
  if (map.size > max && oldest !== undefined) map.delete(oldest)
}
