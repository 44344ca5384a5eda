import { createHmac, timingSafeEqual } from 'node:crypto'
import { FreshetError } from '@freshet/protocol'

const SECRET_BYTES_MIN = 32
const MAC_BYTES = 16

/** Nonces that every edge with the same secret makes and accepts, without a memory (RFC 9449 §9). */
export interface ProofNonces {
  readonly at: (nowMs: number) => string
  readonly accepts: (nonce: unknown, nowMs: number) => boolean
}

/**
 * A nonce is a MAC of the time at which it was made, rounded to its life: it is accepted for one to
 * two lives.
 *
 * @throws `config.invalid` for a short secret
 */
export function proofNonces(secret: Uint8Array, lifeMs: number): ProofNonces {
  if (secret.length < SECRET_BYTES_MIN)
    throw new FreshetError(
      'config.invalid',
      `nonceSecret: give at least ${SECRET_BYTES_MIN} random bytes, the same to every edge.`,
    )
  const of = (period: number): string => {
    const mac = createHmac('sha256', secret).update(`freshet dpop nonce ${period}`).digest()
    return mac.subarray(0, MAC_BYTES).toString('base64url')
  }
  return {
    at: (nowMs) => of(Math.floor(nowMs / lifeMs)),
    accepts(nonce, nowMs) {
      if (typeof nonce !== 'string') return false
      const period = Math.floor(nowMs / lifeMs)
      return [period, period - 1].some((each) => areEqual(of(each), nonce))
    },
  }
}

function areEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
