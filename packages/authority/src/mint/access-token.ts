import { createHash } from 'node:crypto'
import type { ClaimValue, JudgedToken, Registry } from '@freshet/protocol'
import { encodeActClaim, encodeFreshetClaim, signJws, type SigningKey } from '@freshet/wire'

/** The content of an access token beside the parts that are judged. */
export interface TokenTerms {
  readonly audience: string
  readonly iatMs: number
  readonly expMs: number
  /** Absent or empty: the token has no `scope`. */
  readonly scopes?: readonly string[]
}

/** The claims that stand in a token: a set always, a scalar where it has a value. */
export function presentClaims(
  claims: JudgedToken['claims'],
  registry: Registry,
): Readonly<Record<string, ClaimValue | readonly ClaimValue[]>> {
  const present: [string, ClaimValue | readonly ClaimValue[]][] = []
  for (const [name, values] of claims) {
    const isScalar = registry.claims.get(name)?.shape === 'scalar'
    const [value] = values
    if (!isScalar) present.push([name, values])
    else if (value !== undefined) present.push([name, value])
  }
  return Object.fromEntries(present)
}

/** SHA-256 over the claims in order of their names, for the issuance record; base64url. */
export function digestOf(claims: JudgedToken['claims']): string {
  const ordered = [...claims].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url')
}

/** The payload of an RFC 9068 access token. No claim can take the place of a registered one. */
export function accessTokenPayload(
  token: JudgedToken,
  terms: TokenTerms,
  registry: Registry,
): Readonly<Record<string, unknown>> {
  const [{ subject, label }, ...actors] = token.parties
  const act = encodeActClaim(actors)
  const { scopes = [] } = terms
  return {
    ...presentClaims(token.claims, registry),
    iss: token.issuer,
    sub: subject.sub,
    aud: terms.audience,
    iat: seconds(terms.iatMs),
    exp: seconds(terms.expMs),
    jti: token.jti,
    client_id: token.client,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(token.sid !== undefined && { sid: token.sid }),
    ...(act !== undefined && { act }),
    // `iss` is ours: an edge can know the issuer of the subject only from here.
    freshet: encodeFreshetClaim(label, token, subject.iss),
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000)
}

/** The compact JWS of an access token: ES256, `typ: at+jwt`. */
export function signAccessToken(
  payload: Readonly<Record<string, unknown>>,
  key: SigningKey,
): string {
  return signJws(Buffer.from(JSON.stringify(payload)), key, { typ: 'at+jwt' })
}
