import { errorCodes, type ErrorCode } from './error-codes.ts'
import type { Disposition } from './error-entry.ts'

/**
 * The one error class of Freshet.
 *
 * The message names the thing, the rule and the place. It never holds a token, a key, a claim
 * value or a connection string.
 */
export class FreshetError extends Error {
  readonly code: ErrorCode
  /** The time after which a retry can succeed, in milliseconds; absent: unknown. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options?: { cause?: unknown; retryAfterMs?: number | undefined },
  ) {
    super(message, options)
    this.name = 'FreshetError'
    this.code = code
    this.retryAfterMs = options?.retryAfterMs
  }

  get disposition(): Disposition {
    return errorCodes[this.code].disposition
  }
}

/**
 * The reaction to any thrown value. The function is total: an unclassified value is a `crash`, never a
 * `skip`.
 */
export function dispositionOf(error: unknown): Disposition {
  return error instanceof FreshetError ? error.disposition : 'crash'
}

/** Throws `invariant.broken` unless the condition holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new FreshetError('invariant.broken', message)
}
