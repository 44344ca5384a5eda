import { FreshetError, TOKEN_BYTES_MAX } from '@freshet/domain'
import { parseJson, type SignatureAlgorithm } from '@freshet/events'
import { invalidToken } from './invalid-token.ts'

/** The parts of a compact JWS whose form is right; nothing of it is believed yet. */
export interface CompactToken {
  readonly kid: string
  readonly alg: SignatureAlgorithm
  readonly payload: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const kidForm = /^[\w.:~-]{1,128}$/

/** What the header of an acceptable token may say. */
export interface HeaderRules {
  readonly types: readonly string[]
  readonly algs: readonly SignatureAlgorithm[]
}

/** Of tokens of our own. */
export const OWN_HEADER: HeaderRules = { types: ['at+jwt'], algs: ['ES256'] }

/** Members by which a token would choose its own key, form or meaning. */
const refused = ['crit', 'b64', 'zip', 'jku', 'jwk', 'x5u', 'x5c', 'cty', 'enc']
const SIGNATURE_BYTES = 64

/**
 * Takes a token apart, strictly: before any cryptography everything that has two readings is
 * refused, since a lenient decoder would let one token have many spellings.
 *
 * @throws `token.invalid`
 */
export function readCompact(jwt: string, rules: HeaderRules = OWN_HEADER): CompactToken {
  if (jwt.length > TOKEN_BYTES_MAX) throw invalidToken('at most 8 kB')
  if (!form.test(jwt)) throw invalidToken('three base64url parts')
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const named = readHeader(readObject(decode(header), 'header'), rules)
  const bytes = decode(signature)
  if (named.alg !== 'RS256' && bytes.length !== SIGNATURE_BYTES)
    throw invalidToken(`a signature of ${named.alg}`)
  return {
    ...named,
    payload: decode(payload),
    signed: Buffer.from(`${header}.${payload}`, 'latin1'),
    signature: bytes,
  }
}

/** Reads a JSON object without duplicate members, to a bounded depth. */
export function readObject(
  bytes: Uint8Array,
  part: 'header' | 'payload',
): Readonly<Record<string, unknown>> {
  const value = parsed(bytes, part)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidToken(`a ${part} that is a JSON object`)
  return value as Readonly<Record<string, unknown>>
}

/**
 * Returns claims that a library has read as our own reader reads them. The library's object stays the
 * application's: what is judged later shares nothing with it.
 *
 * @throws `token.invalid`
 */
export function copyOf(
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return readObject(Buffer.from(JSON.stringify(claims)), 'payload')
}

function parsed(bytes: Uint8Array, part: string): unknown {
  try {
    return parseJson(bytes, { maxBytes: TOKEN_BYTES_MAX })
  } catch (cause) {
    if (!(cause instanceof FreshetError)) throw cause
    throw invalidToken(`a ${part} of strict JSON`, cause)
  }
}

function decode(part: string): Uint8Array {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw invalidToken('canonical base64url')
  return bytes
}

/** Also of a header that a library has read. @throws `token.invalid` */
export function readHeader(
  header: Readonly<Record<string, unknown>>,
  { types, algs }: HeaderRules = OWN_HEADER,
): Pick<CompactToken, 'kid' | 'alg'> {
  for (const member of refused)
    if (Object.hasOwn(header, member)) throw invalidToken(`no header member ${member}`)
  const { typ, alg, kid } = header as { typ?: unknown; alg?: unknown; kid?: unknown }
  if (typeof typ !== 'string' || !types.includes(plainType(typ)))
    throw invalidToken(`typ ${types.join(' or ')}`)
  const found = algs.find((each) => each === alg)
  if (found === undefined) throw invalidToken(`alg ${algs.join(', ')}`)
  if (typeof kid !== 'string' || !kidForm.test(kid)) throw invalidToken('a kid of plain characters')
  return { kid, alg: found }
}

function plainType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '')
}
