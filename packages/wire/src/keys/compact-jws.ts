import { decodeBase64url } from './base64url.ts'
import { KID_FORM, type SignatureAlgorithm } from './keys.ts'
import { parseJsonObject } from '../json/strict-json.ts'

/** The rules for the header of a compact JWS that a caller accepts. */
export interface AcceptedHeader<Alg extends string = SignatureAlgorithm> {
  /** Types in lower case, without `application/`; `undefined` for a header without `typ`. */
  readonly types: readonly (string | undefined)[]
  readonly algs: readonly Alg[]
  /**
   * The member that names the key of the signature. Default `kid`. With `jwk` the header holds the public key
   * itself, as that of a DPoP proof does (RFC 9449 §4.2), and needs no `kid`.
   */
  readonly keyMember?: 'kid' | 'jwk'
}

/** The rules for a compact JWS that a caller accepts. */
export interface AcceptedJws<Alg extends string = SignatureAlgorithm> extends AcceptedHeader<Alg> {
  /** Longest text, in characters. */
  readonly lengthMax: number
  /** The payload is sent beside the JWS, so the middle part is empty (RFC 7515 appendix F). Default false. */
  readonly isDetached?: boolean
}

/** A header that was read; its signature is not verified yet. */
export interface JwsHeader<Alg extends string = SignatureAlgorithm> {
  /** In lower case, without `application/`. */
  readonly typ: string | undefined
  readonly alg: Alg
  /** The name of the key. It is empty, and names no key, if `jwk` is accepted in its place. */
  readonly kid: string
  /** The key itself, in any form, if the caller accepts it. */
  readonly jwk?: unknown
}

/** The parts of a compact JWS whose form is right. Its signature is not verified yet. */
export interface CompactJws<Alg extends string = SignatureAlgorithm> {
  readonly header: JwsHeader<Alg>
  readonly payload: Uint8Array
  /** The bytes that the signature covers. They lack the payload of a detached JWS. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** The rule that a text breaks. */
export type JwsRule =
  | 'length'
  | 'form'
  | 'base64url'
  | 'json'
  | 'member'
  | 'typ'
  | 'alg'
  | 'key'
  | 'signature'

/**
 * All members that a header can have. Every other member that names a key, a form or an extension is refused,
 * known today or not.
 */
const MEMBERS: ReadonlySet<string> = new Set(['alg', 'kid', 'typ', 'x5t', 'x5t#S256'])

/** The signatures of these algorithms have one length, in bytes. */
const SIGNATURE_BYTES: ReadonlyMap<string, number> = new Map([
  ['ES256', 64],
  ['ES384', 96],
  ['ES512', 132],
  ['EdDSA', 64],
  ['Ed25519', 64],
])

/** Bytes of a header whose members are the names above. The longest of them has about 300. */
const HEADER_BYTES_MAX = 1_024
/** Bytes of a header that holds a key: an RSA key of 8,192 bits has about 1,400. */
const KEY_HEADER_BYTES_MAX = 4_096
const HEADER_DEPTH_MAX = 4
const form = /^([\w-]+)\.([\w-]*)\.([\w-]+)$/

/**
 * Splits a compact JWS (RFC 7515 §7.1). This is the one reader of every JWS that others send: tokens,
 * assertions, proofs, events and stamps. It refuses every text with two readings before any cryptography, and
 * returns the first rule that the text breaks.
 *
 * The text has at most `lengthMax` characters and three parts, each of canonical base64url. The header is
 * strict JSON of at most 1 KiB, or 4 KiB if it holds a key. It keeps the rules of {@link readJwsHeader}. A
 * signature has the length of its algorithm. The caller reads the payload and verifies the signature.
 */
export function readCompactJws<Alg extends string>(
  text: string,
  accepted: AcceptedJws<Alg>,
): CompactJws<Alg> | JwsRule {
  if (text.length > accepted.lengthMax) return 'length'
  const [, head = '', body = '', tail = ''] = form.exec(text) ?? []
  if (head === '' || (body === '') !== (accepted.isDetached === true)) return 'form'
  const [bytes, payload, signature] = [head, body, tail].map(decodeBase64url)
  if (!bytes || !payload || !signature) return 'base64url'
  const maxBytes = accepted.keyMember === 'jwk' ? KEY_HEADER_BYTES_MAX : HEADER_BYTES_MAX
  const members = parseJsonObject(bytes, { maxBytes, maxDepth: HEADER_DEPTH_MAX })
  if (members === undefined) return 'json'
  const header = readJwsHeader(members, accepted)
  if (typeof header === 'string') return header
  const length = SIGNATURE_BYTES.get(header.alg)
  if (length !== undefined && signature.length !== length) return 'signature'
  const signed = Buffer.from(text.slice(0, -tail.length - 1), 'latin1')
  return { header, payload, signed, signature }
}

/**
 * Reads a parsed header, from here or from a library of an application, or returns the first rule that it
 * breaks. A header has no member beside `alg`, `kid`, `typ`, `x5t` and `x5t#S256`. Its `typ` and `alg` are
 * accepted ones. Its `kid` has 1 to 128 letters, digits and `_ . : - + / =`, without `./`.
 */
export function readJwsHeader<Alg extends string>(
  members: Readonly<Record<string, unknown>>,
  { types, algs, keyMember = 'kid' }: AcceptedHeader<Alg>,
): JwsHeader<Alg> | JwsRule {
  for (const name of Object.keys(members))
    if (!MEMBERS.has(name) && name !== keyMember) return 'member'
  const { typ, alg, kid, jwk } = members
  if (typ !== undefined && typeof typ !== 'string') return 'typ'
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (!types.includes(type)) return 'typ'
  const found = algs.find((each) => each === alg)
  if (found === undefined) return 'alg'
  if (keyMember === 'jwk') return { typ: type, alg: found, kid: '', jwk }
  if (typeof kid !== 'string' || !KID_FORM.test(kid)) return 'key'
  return { typ: type, alg: found, kid }
}

/**
 * Returns the rule as the end of a sentence that names the text: `The token … is too long`. It shows none of
 * the content.
 */
export function jwsRuleText(
  rule: JwsRule,
  { types, algs, lengthMax }: AcceptedJws<string>,
): string {
  const typ = types.map((type) => type ?? 'absent').join(', ')
  const texts: Readonly<Record<JwsRule, string>> = {
    length: `is too long: it has more than ${lengthMax} characters`,
    form: 'is not a compact JWS',
    base64url: 'is not canonical base64url',
    json: 'has a header that is no strict JSON',
    member: `has a header member that is not accepted: send ${[...MEMBERS].join(', ')} alone`,
    typ: `is of another type: its typ must be one of ${typ}`,
    alg: `is not signed by one of the algorithms ${algs.join(', ')}`,
    key: 'has no kid of 1 to 128 letters, digits and _ . : - + / =',
    signature: 'has a signature of another length than its algorithm makes',
  }
  return texts[rule]
}
