import { FreshetError } from '@freshet/protocol'
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'
import type { EndedLogin } from '../admission/sessions.ts'
import { unavailable } from './login-failure.ts'

/** OpenID Connect Back-Channel Logout 1.0 §2.4. */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Those of §2.6 that a public key verifies. */
const SIGNED_BY = /^(?:RS|PS|ES)(?:256|384|512)$|^EdDSA$|^Ed25519$/
/** The longest age of an accepted token, whatever its own expiry. */
const AGE_MAX_S = 120
const TOLERANCE_S = 10
const ANSWER_WITHIN_MS = 5_000
const TOKEN_CHARS_MAX = 8_192

const name = z.string().min(1).max(255)
const shape = z.object({
  iss: z.string(),
  sub: name.exactOptional(),
  sid: name.exactOptional(),
  jti: z.string().min(1),
  events: z.record(z.string(), z.unknown()),
})

/** The terms of accepted logout tokens. */
export interface LogoutTerms {
  readonly issuer: string
  readonly clientId: string
  readonly keys: JWTVerifyGetKey
  /** The algorithms that the provider names for its ID tokens. */
  readonly algorithms: readonly string[]
  readonly nowMs: number
}

/** The keys that a provider publishes; they are asked for when they are needed, and seldom anew. */
export function publishedAt(jwksUri: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: ANSWER_WITHIN_MS })
}

/**
 * The sessions that a logout token ends. An ID token is refused: it has a nonce, and no event.
 *
 * @throws `request.malformed` naming the rule, `login.unavailable` where the keys cannot be asked for
 */
export async function endedLogin(token: string, terms: LogoutTerms): Promise<EndedLogin> {
  const { payload } = await verified(token, terms)
  const { data } = shape.safeParse(payload)
  if (data === undefined || !Object.hasOwn(data.events, LOGOUT_EVENT)) throw refused('no logout')
  if (Object.hasOwn(payload, 'nonce')) throw refused('a nonce')
  const { iss, sub, sid } = data
  if (sub === undefined && sid === undefined) throw refused('nobody')
  return { iss, ...(sub !== undefined && { sub }), ...(sid !== undefined && { sid }) }
}

async function verified(token: string, { issuer, clientId, keys, algorithms, nowMs }: LogoutTerms) {
  if (token.length > TOKEN_CHARS_MAX) throw refused('too long')
  const options = {
    issuer,
    audience: clientId,
    algorithms: algorithms.filter((each) => SIGNED_BY.test(each)),
    requiredClaims: ['iat', 'exp', 'jti'],
    maxTokenAge: AGE_MAX_S,
    clockTolerance: TOLERANCE_S,
    currentDate: new Date(nowMs),
  }
  return jwtVerify(token, keys, options).catch((error: unknown) => {
    if (isAway(error)) throw unavailable(error)
    throw refused(error instanceof errors.JOSEError ? error.code : 'unnamed')
  })
}

/** No key came, as against: none of that name. */
function isAway(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout) return true
  return !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC'
}

/** An error's text could contain parts of the token, so it is not kept. */
function refused(rule: string): FreshetError {
  return new FreshetError('request.malformed', `The logout token is not valid (${rule}).`)
}
