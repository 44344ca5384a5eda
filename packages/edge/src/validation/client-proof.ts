import { FreshetError } from '@freshet/protocol'
import { signJws, type SigningKey, type Timer } from '@freshet/wire'
import { signingKeyOf, type KeyedClient } from '../keyed-client.ts'

/** So long an assertion lives: half of what an authority accepts, so that clocks can differ. */
const ASSERTION_LIFE_S = 30
const ASSERTION_TYP = 'client-authentication+jwt'

/** A client of the registry that has a `secretHash`. */
export interface SecretClient {
  readonly id: string
  readonly secret: string
}

/** Makes the `Authorization` header of one request. */
export type Authorization = () => string

/** The parts of an assertion. */
export interface AssertionParts {
  /** The authority that it is for. */
  readonly issuer: string
  readonly timer: Timer
  readonly random: () => number
}

/** The proof of a client to the authority. @throws `config.invalid` */
export function proofOf(client: SecretClient | KeyedClient, parts: AssertionParts): Authorization {
  if ('key' in client) {
    const key = signingKeyOf(client, 'client')
    return () => `Bearer ${assertionOf(client.id, key, parts)}`
  }
  if (client.id === '' || client.secret === '')
    throw new FreshetError(
      'config.invalid',
      'client, clients: an id, and a secret or a key of each',
    )
  const basic = basicOf(client)
  return () => basic
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function basicOf({ id, secret }: SecretClient): string {
  const pair = [id, secret].map(encodeURIComponent).join(':')
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** RFC 7523 §3. The authority accepts each `jti` once. */
function assertionOf(
  id: string,
  key: SigningKey,
  { issuer, timer, random }: AssertionParts,
): string {
  const iat = Math.floor(timer.nowMs() / 1_000)
  const jti = Buffer.from(Uint32Array.from({ length: 4 }, () => random() * 2 ** 32).buffer)
  const times = { iat, exp: iat + ASSERTION_LIFE_S, jti: jti.toString('base64url') }
  const claims = { iss: id, sub: id, aud: issuer, ...times }
  return signJws(Buffer.from(JSON.stringify(claims)), key, { typ: ASSERTION_TYP })
}
