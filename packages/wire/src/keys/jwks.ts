import { createPublicKey } from 'node:crypto'
import { FreshetError } from '@freshet/protocol'
import * as z from 'zod'
import { importKey, JWKS_KEYS_MAX, type VerifyKey } from './keys.ts'

/** A key of a set that does not verify signatures here. */
export interface PassedOver {
  /** Its `kid`, or its place in the set if it has none: `#2`. */
  readonly name: string
  /** The rule that it breaks, for people. It never shows the key. */
  readonly why: string
}

/** The content of a key set. */
export interface JwksReading {
  /** The keys that verify signatures, each with its one algorithm, in the order of the set. */
  readonly keys: readonly VerifyKey[]
  /** The other members: keys for encryption, of a kind that this build does not know, or with the `kid` of another. */
  readonly passedOver: readonly PassedOver[]
}

/**
 * A set names the algorithm of a key. If it does not, the kind of the key decides, because each kind has one
 * here.
 */
const ALGORITHM_OF_KIND: Readonly<Record<string, string>> = {
  RSA: 'RS256',
  EC: 'ES256',
  OKP: 'EdDSA',
}

const setShape = z.object({ keys: z.array(z.unknown()).max(JWKS_KEYS_MAX) })

/**
 * Reads a key set (RFC 7517 §5). This one rule is for the sets of sources, clients, identity providers,
 * foreign issuers and our own authority.
 *
 * If two different keys have one `kid`, neither counts, since a token does not show which one it means. The rest of the set
 * does. A key that is there again counts once.
 *
 * A member that does not verify for this build is passed over. Such a member has a `use` other than `sig`,
 * `key_ops` without `verify`, no `kid`, an unknown `kty`, `crv` or `alg`, or RSA below 2048 bits. A key
 * without `alg` has the algorithm of its kind. Symmetric keys and `none` never count.
 *
 * @throws `config.invalid` if it is no key set
 */
export function readJwks(json: unknown): JwksReading {
  const set = setShape.safeParse(json)
  if (!set.success) throw new FreshetError('config.invalid', 'the key set is not a JWKS')
  const keys = new Map<string, VerifyKey>()
  const shared = new Set<string>()
  const passedOver: PassedOver[] = []
  for (const [at, jwk] of set.data.keys.entries()) {
    const read = readMember(jwk)
    if (typeof read === 'string') {
      passedOver.push({ name: nameOf(jwk, at), why: read })
      continue
    }
    const first = keys.get(read.kid) ?? read
    keys.set(read.kid, first)
    if (first.alg !== read.alg || !first.key.equals(read.key)) shared.add(read.kid)
  }
  for (const kid of shared) {
    keys.delete(kid)
    passedOver.push({ name: kid, why: 'another key of the set has this kid' })
  }
  return { keys: [...keys.values()], passedOver }
}

/**
 * Returns the keys of a set that verify, by the rule of {@link readJwks}. An empty set has none.
 *
 * @throws `config.invalid` if it is no key set, or has members and none of them verifies; the message
 *   never shows a key
 */
export function importJwks(json: unknown): readonly VerifyKey[] {
  const { keys, passedOver } = readJwks(json)
  const [first] = passedOver
  if (keys.length > 0 || first === undefined) return keys
  const message = `the key set holds no key that verifies: ${first.name}: ${first.why}`
  throw new FreshetError('config.invalid', message)
}

/** Returns the key, or the rule that it breaks. */
function readMember(jwk: unknown): VerifyKey | string {
  const { use, key_ops: operations, alg, kty } = Object(jwk) as Readonly<Record<string, unknown>>
  if (use !== undefined && use !== 'sig') return 'it is not for signatures'
  if (operations !== undefined && !allowsVerify(operations)) return 'it is not for verifying'
  const known = alg === undefined ? { ...Object(jwk), alg: ALGORITHM_OF_KIND[String(kty)] } : jwk
  try {
    return importKey(known, createPublicKey)
  } catch (error) {
    if (error instanceof FreshetError) return error.message
    throw error
  }
}

function allowsVerify(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes('verify')
}

const NAME_CHARACTERS_MAX = 128

/** The name comes from a file or an address: it is cut, and holds no control characters. */
function nameOf(jwk: unknown, at: number): string {
  const { kid } = Object(jwk) as { readonly kid?: unknown }
  if (typeof kid !== 'string' || kid === '') return `#${at + 1}`
  return kid.slice(0, NAME_CHARACTERS_MAX).replaceAll(/[^\x21-\x7e]/g, '?')
}
