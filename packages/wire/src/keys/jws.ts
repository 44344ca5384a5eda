import { sign, verify, type KeyObject } from 'node:crypto'
import type { CompactJws } from './compact-jws.ts'
import type { SignatureAlgorithm, SigningKey, VerifyKey } from './keys.ts'
import { keyIn } from './remote/named-key.ts'

/**
 * Signs a payload as a compact JWS whose header is `alg`, `kid` and `typ`. A detached one leaves the
 * payload out (RFC 7515 appendix F).
 */
export function signJws(
  payload: Uint8Array,
  key: SigningKey,
  o: { readonly typ: string; readonly detached?: boolean },
): string {
  const header = JSON.stringify({ alg: key.alg, kid: key.kid, typ: o.typ })
  const head = `${Buffer.from(header).toString('base64url')}.`
  const body = Buffer.from(payload).toString('base64url')
  const signature = signBytes(key, Buffer.from(head + body)).toString('base64url')
  return `${head}${o.detached === true ? '' : body}.${signature}`
}

/**
 * Returns whether these keys contain the key that the header names by `kid` and `alg`, and it signed the JWS.
 */
export function isJwsSignedBy(jws: CompactJws, keys: readonly VerifyKey[]): boolean {
  const key = keyIn(keys, jws.header)
  return key !== undefined && isSignedBy(key, jws.signed, jws.signature)
}

/** Returns a detached JWS that can be verified over the payload beside it. */
export function signedOver(jws: CompactJws, payload: Uint8Array): CompactJws {
  const body = Buffer.from(Buffer.from(payload).toString('base64url'), 'latin1')
  return { ...jws, signed: Buffer.concat([jws.signed, body]) }
}

/** Returns a raw signature in the form that JWS uses. */
export function signBytes({ alg, key }: SigningKey, bytes: Uint8Array): Buffer {
  return sign(digestOf(alg), bytes, inJwsForm(alg, key))
}

/** Returns whether the signature is this key's over exactly these bytes. */
export function isSignedBy(
  { alg, key }: VerifyKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verify(digestOf(alg), bytes, inJwsForm(alg, key), signature)
}

type KeyInForm = KeyObject | { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' }

/** A signature of EdDSA has one form. For a key with options, Node 24 creates another object each time. */
function inJwsForm(alg: SignatureAlgorithm, key: KeyObject): KeyInForm {
  return alg === 'EdDSA' ? key : { key, dsaEncoding: 'ieee-p1363' }
}

function digestOf(alg: SignatureAlgorithm): string | null {
  return alg === 'EdDSA' ? null : 'sha256'
}
