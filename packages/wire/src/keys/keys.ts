import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { FreshetError } from '@freshet/protocol'
import * as z from 'zod'

/** The signature algorithms that are accepted anywhere. */
export const SIGNATURE_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const

/** A signature algorithm that is accepted; each key has one. */
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number]

/** A private key with its name and its one algorithm. */
export interface SigningKey {
  readonly kid: string
  readonly alg: SignatureAlgorithm
  readonly key: KeyObject
}

/** A public key with its name and its one algorithm. */
export interface VerifyKey {
  readonly kid: string
  readonly alg: SignatureAlgorithm
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

/** Keys that one set holds at most. */
export const JWKS_KEYS_MAX = 100

/** The shortest RSA modulus that is accepted, in bits. */
export const RSA_BITS_MIN = 2048

const pairOf = promisify(generateKeyPair)

/**
 * Makes a key pair from the process's secure random source. Keep `privateJwk` in a file of mode
 * 0600. EdDSA is Ed25519; RS256 has 2048 bits.
 */
export async function generateKey(
  alg: SignatureAlgorithm,
  kid: string,
): Promise<{ readonly privateJwk: NamedJwk; readonly publicJwk: NamedJwk }> {
  const { privateKey, publicKey } = await newPair(alg)
  return { privateJwk: named(privateKey, kid, alg), publicJwk: named(publicKey, kid, alg) }
}

function newPair(
  alg: SignatureAlgorithm,
): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  switch (alg) {
    case 'ES256':
      return pairOf('ec', { namedCurve: 'P-256' })
    case 'EdDSA':
      return pairOf('ed25519')
    case 'RS256':
      return pairOf('rsa', { modulusLength: RSA_BITS_MIN })
  }
}

function named(key: KeyObject, kid: string, alg: SignatureAlgorithm): NamedJwk {
  return { ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' }
}

/** @internal The names that a key can have. AWS Cognito uses base64. A name is never part of a path. */
export const KID_FORM: RegExp = /^(?!.*\.\/)[\w.:+/=-]{1,128}$/

const jwkShape = z.looseObject({
  kid: z.string().regex(KID_FORM),
  alg: z.enum(SIGNATURE_ALGORITHMS),
  use: z.literal('sig').optional(),
})

/** @throws `config.invalid` if it is no private JWK with `kid` and an allowed `alg` */
export function importSigningKey(jwk: unknown): SigningKey {
  return importKey(jwk, createPrivateKey)
}

/** @internal Reads one JWK. @throws `config.invalid` naming the rule, never the key */
export function importKey(
  jwk: unknown,
  create: (input: { key: JsonWebKey; format: 'jwk' }) => KeyObject,
): SigningKey {
  const shape = jwkShape.safeParse(jwk)
  if (!shape.success) {
    throw new FreshetError('config.invalid', 'the key needs kid, and alg ES256, EdDSA or RS256')
  }
  const { kid, alg } = shape.data
  const key = createFrom(shape.data, create, kid)
  if (!fits(key, alg)) throw new FreshetError('config.invalid', `key ${kid} is not one for ${alg}`)
  return { kid, alg, key }
}

function createFrom(
  jwk: JsonWebKey,
  create: (input: { key: JsonWebKey; format: 'jwk' }) => KeyObject,
  kid: string,
): KeyObject {
  try {
    return create({ key: jwk, format: 'jwk' })
  } catch (cause) {
    // The cause is Node's own error about the form of the key; it never holds the key.
    throw new FreshetError('config.invalid', `key ${kid} cannot be read as a JWK`, { cause })
  }
}

function fits(key: KeyObject, alg: SignatureAlgorithm): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  switch (alg) {
    case 'ES256':
      return type === 'ec' && details?.namedCurve === 'prime256v1'
    case 'EdDSA':
      return type === 'ed25519'
    case 'RS256':
      return type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS_MIN
  }
}

/** The public halves as a JWKS document, in the order given. */
export function publicJwks(keys: readonly (SigningKey | VerifyKey)[]): Jwks {
  return { keys: keys.map(({ key, kid, alg }) => named(publicHalf(key), kid, alg)) }
}

function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'public' ? key : createPublicKey(key)
}
