import { CLOCK_TOLERANCE_MS, FreshetError, type Client } from '@freshet/protocol'
import { isJwsSignedBy, SIGNATURE_ALGORITHMS, type VerifyKey } from '@freshet/wire'
import type { UsedAssertion } from './assertion-store.ts'
import { readSignedToken, type SignedToken } from '../tokens/signed-token.ts'

/** The one `client_assertion_type` that is read (RFC 7523 §2.2). */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** The longest time until the expiry of an assertion. */
export const CLIENT_ASSERTION_LIFE_MAX_MS = 60_000
const NAME_CHARACTERS_MAX = 256

/** A signature with another `typ` was made for another purpose. */
const accepted = {
  types: [undefined, 'jwt', 'client-authentication+jwt'],
  algs: SIGNATURE_ALGORITHMS,
}

/** The terms that an assertion must meet. */
export interface ClientAssertionTerms {
  readonly clients: ReadonlyMap<string, Client>
  readonly clientKeys: (client: string) => readonly VerifyKey[]
  /** Names of ours, of which the assertion must have exactly one as `aud`. */
  readonly audiences: readonly string[]
  readonly nowMs: number
}

/**
 * Takes an assertion of a client apart. It is not verified yet.
 *
 * @throws `request.unauthenticated`
 */
export function readClientAssertion(text: string): SignedToken {
  return readSignedToken(text, accepted, (rule, broken) =>
    broken === 'alg' ? wrongCredentials() : unauthenticated(rule),
  )
}

/**
 * Checks an assertion of a client (RFC 7523 §3): `iss` = `sub` = the client, signed by one of its
 * keys with that key's algorithm, for this authority alone, `exp` at most 60 s away. That it is
 * used once is for the caller to see to.
 *
 * @throws `request.unauthenticated`; until the signature holds in the same words for everybody
 */
export function checkClientAssertion(
  jws: SignedToken,
  terms: ClientAssertionTerms,
): { readonly client: Client; readonly assertion: UsedAssertion } {
  const client = signerOf(jws, terms)
  checkAudience(jws, terms)
  const expMs = checkTimes(jws, terms.nowMs)
  const { jti } = jws.claims as { readonly jti?: unknown }
  if (typeof jti !== 'string' || jti === '' || jti.length > NAME_CHARACTERS_MAX) {
    throw unauthenticated('has no jti that is a short text')
  }
  return { client, assertion: { client: client.id, jti, expMs } }
}

/** The answer to wrong credentials, whatever is wrong with them. */
export function wrongCredentials(): FreshetError {
  return new FreshetError('request.unauthenticated', 'Client or credentials are wrong.')
}

function signerOf(jws: SignedToken, { clients, clientKeys }: ClientAssertionTerms): Client {
  const { iss, sub } = jws.claims as { readonly iss?: unknown; readonly sub?: unknown }
  const client = typeof iss === 'string' && iss === sub ? clients.get(iss) : undefined
  if (client === undefined || !isJwsSignedBy(jws, clientKeys(client.id))) throw wrongCredentials()
  return client
}

/** An assertion that others take too could be used here by any of them. */
function checkAudience({ claims }: SignedToken, { audiences }: ClientAssertionTerms): void {
  const { aud } = claims as { readonly aud?: unknown }
  const [only, ...others] = Array.isArray(aud) ? (aud as unknown[]) : [aud]
  if (others.length > 0 || typeof only !== 'string' || !audiences.includes(only)) {
    throw unauthenticated('is not meant for this authority alone')
  }
}

function checkTimes({ claims }: SignedToken, nowMs: number): number {
  const expMs = readSeconds(claims, 'exp')
  if (expMs === undefined) throw unauthenticated('has no exp in whole seconds')
  const leftMs = expMs - nowMs
  if (leftMs <= -CLOCK_TOLERANCE_MS) throw unauthenticated('has expired')
  if (leftMs > CLIENT_ASSERTION_LIFE_MAX_MS + CLOCK_TOLERANCE_MS) {
    throw unauthenticated(`expires more than ${CLIENT_ASSERTION_LIFE_MAX_MS / 1_000} s ahead`)
  }
  for (const name of ['iat', 'nbf'] as const) {
    if (claims[name] === undefined) continue
    const atMs = readSeconds(claims, name)
    if (atMs === undefined || atMs > nowMs + CLOCK_TOLERANCE_MS) {
      throw unauthenticated(`has an ${name} in the future`)
    }
  }
  return expMs
}

function readSeconds(claims: SignedToken['claims'], name: string): number | undefined {
  const value = claims[name]
  const isTime = typeof value === 'number' && Number.isSafeInteger(value * 1_000) && value > 0
  return isTime ? value * 1_000 : undefined
}

function unauthenticated(rule: string): FreshetError {
  return new FreshetError('request.unauthenticated', `The client assertion ${rule}.`)
}
