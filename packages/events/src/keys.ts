import { notBuilt } from './not-built.ts'
import type { JsonWebKey, KeyObject } from 'node:crypto'

/** The signature algorithms that are accepted anywhere; each key has one. */
export type SignatureAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

export interface SigningKey {
  readonly kid: string
  readonly alg: SignatureAlgorithm
  /** Private. */
  readonly key: KeyObject
}

export interface VerifyKey {
  readonly kid: string
  readonly alg: SignatureAlgorithm
  /** Public. */
  readonly key: KeyObject
}

/** A JWK that names its key and its one algorithm. */
export type NamedJwk = JsonWebKey & {
  readonly kid: string
  readonly alg: SignatureAlgorithm
  readonly use: 'sig'
}

/** A key set as it is served (RFC 7517 §5). */
export interface Jwks {
  readonly keys: readonly NamedJwk[]
}

export function generateKey(
  alg: SignatureAlgorithm,
  kid: string,
): Promise<{ readonly privateJwk: NamedJwk; readonly publicJwk: NamedJwk }> {
  return notBuilt(alg, kid)
}

export function importSigningKey(jwk: unknown): SigningKey {
  return notBuilt(jwk)
}

export function importJwks(json: unknown): readonly VerifyKey[] {
  return notBuilt(json)
}

export function publicJwks(keys: readonly (SigningKey | VerifyKey)[]): Jwks {
  return notBuilt(keys)
}
