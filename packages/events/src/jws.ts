import { sign, verify, type KeyObject } from 'node:crypto'
import { FreshetError } from '@freshet/domain'
import * as z from 'zod'
import { decodeBase64url } from './base64url.ts'
import type { SignatureAlgorithm, SigningKey, VerifyKey } from './keys.ts'
import { parseJson } from './strict-json.ts'

/** Characters that one compact JWS may have. */
export const JWS_LENGTH_MAX: number = 256 * 1024

const HEADER_BYTES_MAX = 2048

/** A protected header that was read, not yet believed. `typ` is lower case, without `application/`. */
export interface JwsHeader {
  readonly alg: SignatureAlgorithm
  readonly kid: string
  readonly typ?: string
}

/** A JWS taken apart; `payload` is empty in the detached form. */
export interface JwsParts {
  readonly header: JwsHeader
  readonly headerText: string
  readonly payload: Buffer
  readonly signature: Buffer
}

const headerShape = z.object({
  alg: z.enum(['ES256', 'EdDSA', 'RS256']),
  kid: z.string().min(1).max(128),
  typ: z.string().max(64).optional(),
})

/** Members by which a header would change what is verified, or where the key comes from. */
const refusedMembers = ['crit', 'b64', 'zip', 'jku', 'jwk', 'x5u', 'x5c', 'cty']

/** Takes a compact JWS apart. @throws `event.unauthentic` */
export function readJws(compact: string): JwsParts {
  const parts = compact.length > JWS_LENGTH_MAX ? [] : compact.split('.')
  const [headerText, payloadText, signatureText] = parts
  if (parts.length !== 3 || headerText === undefined) throw unauthentic('is not a compact JWS')
  return {
    header: readHeader(decodePart(headerText)),
    headerText,
    payload: decodePart(payloadText),
    signature: decodePart(signatureText),
  }
}

function decodePart(text: string | undefined): Buffer {
  const bytes = text === undefined ? undefined : decodeBase64url(text)
  if (bytes === undefined) throw unauthentic('has a part that is not canonical base64url')
  return bytes
}

function readHeader(bytes: Uint8Array): JwsHeader {
  const json = parseHeader(bytes)
  const refused = refusedMembers.find((name) => Object.hasOwn(json, name))
  if (refused !== undefined) throw unauthentic(`has the header ${refused}`)
  const { data } = headerShape.safeParse(json)
  if (!data) throw unauthentic('has a header without kid or without an allowed alg')
  const { alg, kid, typ } = data
  return typ === undefined ? { alg, kid } : { alg, kid, typ: plainTyp(typ) }
}

function parseHeader(bytes: Uint8Array): object {
  try {
    const json = parseJson(bytes, { maxBytes: HEADER_BYTES_MAX })
    return typeof json === 'object' && json !== null ? json : {}
  } catch (cause) {
    throw new FreshetError('event.unauthentic', 'the JWS has a header that is not JSON', { cause })
  }
}

function plainTyp(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '')
}

/**
 * Checks the signature with the key of that `kid`, whose one algorithm the header must name.
 *
 * @throws `event.unauthentic`
 */
export function verifyJws(jws: JwsParts, payload: Uint8Array, keys: readonly VerifyKey[]): void {
  const { alg, kid } = jws.header
  const key = keys.find((candidate) => candidate.kid === kid && candidate.alg === alg)
  if (!key) throw unauthentic('names no key of the source')
  const input = signingInput(jws.headerText, payload)
  if (!isSignedBy(key, input, jws.signature)) throw unauthentic('does not verify')
}

/** Signs a payload; the result is compact, or detached (RFC 7515 appendix F). */
export function signJws(
  payload: Uint8Array,
  key: SigningKey,
  o: { readonly typ: string; readonly detached?: boolean },
): string {
  const header = JSON.stringify({ alg: key.alg, kid: key.kid, typ: o.typ })
  const headerText = Buffer.from(header).toString('base64url')
  const signature = signBytes(key, signingInput(headerText, payload)).toString('base64url')
  const body = o.detached === true ? '' : Buffer.from(payload).toString('base64url')
  return `${headerText}.${body}.${signature}`
}

function signingInput(headerText: string, payload: Uint8Array): Buffer {
  return Buffer.from(`${headerText}.${Buffer.from(payload).toString('base64url')}`)
}

/** A raw signature in the form that JWS uses. */
export function signBytes({ alg, key }: SigningKey, bytes: Uint8Array): Buffer {
  return sign(digestOf(alg), bytes, inJwsForm(alg, key))
}

/** Whether the signature is this key's over exactly these bytes. */
export function isSignedBy(
  { alg, key }: VerifyKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verify(digestOf(alg), bytes, inJwsForm(alg, key), signature)
}

type KeyInForm = KeyObject | { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' }

/** A signature of EdDSA has one form; of a key that comes with options Node 24 makes another object each time. */
function inJwsForm(alg: SignatureAlgorithm, key: KeyObject): KeyInForm {
  return alg === 'EdDSA' ? key : { key, dsaEncoding: 'ieee-p1363' }
}

function digestOf(alg: SignatureAlgorithm): string | null {
  return alg === 'EdDSA' ? null : 'sha256'
}

function unauthentic(rule: string): FreshetError {
  return new FreshetError('event.unauthentic', `the JWS ${rule}`)
}
