import { createRequire } from 'node:module'
import { FreshetError } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { TOKEN_LIFE_MIN_MS, type TimedToken, type TokenRequests } from './token-source.ts'

/** The library of AWS that signs. It is installed only where it is used. */
const SIGNER = 'aws-msk-iam-sasl-signer-js'
/** The longest wait for the credentials of AWS. */
export const CREDENTIALS_WAIT_MS = 5_000

/**
 * Returns the requests of tokens for Amazon MSK with IAM. A token is a request that the credentials of AWS sign. The
 * library finds them as every program of AWS does: environment, profile, web identity, container, instance.
 *
 * @throws `config.invalid` where the library is not installed
 */
export function iamTokens(region: string, timer: Timer): TokenRequests {
  refuseMissing()
  return { secret: () => '', request: () => requestToken(region, timer) }
}

/** A missing library ends the start by its name, and not each connection. */
function refuseMissing(): void {
  try {
    createRequire(import.meta.url).resolve(SIGNER)
  } catch (cause) {
    const message = `KAFKA_SASL_MECHANISM: aws-msk-iam needs the package ${SIGNER}, which is not installed. Install it beside Freshet`
    throw new FreshetError('config.invalid', message, { cause })
  }
}

async function requestToken(region: string, timer: Timer): Promise<TimedToken> {
  const beganAtMs = timer.monotonicMs()
  const done = new AbortController()
  const late = timer.sleep(CREDENTIALS_WAIT_MS, done.signal).then(() => undefined)
  try {
    const value = await Promise.race([sign(region), late])
    if (value === undefined) throw away(`no answer within ${CREDENTIALS_WAIT_MS / 1_000} s`)
    const lifeMs = lifeMsOf(value)
    if (lifeMs >= TOKEN_LIFE_MIN_MS) return { value, endsAtMs: beganAtMs + lifeMs }
    throw away(`they end within ${TOKEN_LIFE_MIN_MS / 1_000} s`)
  } finally {
    done.abort()
  }
}

async function sign(region: string): Promise<string> {
  try {
    const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js')
    const { token } = await generateAuthToken({ region })
    return token
  } catch (error) {
    // The text of the library can name an account. It goes to the log as the cause, and into no answer.
    throw away(error instanceof Error ? error.name : 'the library failed', error)
  }
}

/** A token is a signed URL (Signature Version 4, query parameters). It counts from the begin of a second. */
function lifeMsOf(token: string): number {
  const url = new URL(Buffer.from(token, 'base64url').toString())
  return (Number(url.searchParams.get('X-Amz-Expires')) - 1) * 1_000
}

function away(why: string, cause?: unknown): FreshetError {
  const message = `there are no credentials of AWS for the broker: ${why}`
  return new FreshetError('broker.unavailable', message, { cause })
}
