import { verify, type KeyObject } from 'node:crypto'
import { FreshetError, TOKEN_BYTES_MAX } from '@freshet/domain'
import { parseJson, type VerifyKey } from '@freshet/events'

const DEPTH_MAX = 16
const form = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/** What a header may say; whatever names a key, a critical extension or an encoding is refused. */
const HEADER_MEMBERS: ReadonlySet<string> = new Set(['alg', 'kid', 'typ', 'x5t', 'x5t#S256'])

/** A signed token that was taken apart, and not believed yet. */
export interface CompactJws {
  readonly alg: string
  readonly kid: string
  readonly typ: string | undefined
  readonly payload: Readonly<Record<string, unknown>>
  readonly signed: Buffer
  readonly signature: Buffer
}

/**
 * Takes a compact JWS apart: canonical base64url, no member twice, no header beyond
 * `alg`, `kid` and `typ`, at most 8 KiB. `what` names it in errors.
 *
 * @throws `token.invalid`
 */
export function readCompactJws(token: string, what: string): CompactJws {
  if (token.length > TOKEN_BYTES_MAX) throw invalid(what, 'is too long')
  const [, head, body, tail] = form.exec(token) ?? []
  if (head === undefined || body === undefined || tail === undefined) {
    throw invalid(what, 'is not a compact JWS')
  }
  const header = readObject(decode(head, what), what)
  for (const name of Object.keys(header)) {
    if (!HEADER_MEMBERS.has(name)) throw invalid(what, 'has a header member that is not accepted')
  }
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || typeof kid !== 'string') {
    throw invalid(what, 'names no alg or no kid')
  }
  if (typ !== undefined && typeof typ !== 'string') throw invalid(what, 'has a typ of another kind')
  return {
    alg,
    kid,
    typ,
    payload: readObject(decode(body, what), what),
    signed: Buffer.from(`${head}.${body}`),
    signature: decode(tail, what),
  }
}

/** Other texts decode to the same bytes; only the canonical one is the token (RFC 8725). */
function decode(part: string, what: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw invalid(what, 'is not canonical base64url')
  return bytes
}

function readObject(bytes: Buffer, what: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = parseJson(bytes, { maxBytes: TOKEN_BYTES_MAX, maxDepth: DEPTH_MAX })
  } catch {
    // The parser's message may quote a member's name: the token stays out of ours.
    throw invalid(what, 'holds no strict JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(what, 'holds no JSON object')
  }
  return value as Readonly<Record<string, unknown>>
}

/** Whether the key of that name, with its one algorithm, signed the token. */
export function isSignedBy(jws: CompactJws, keys: readonly VerifyKey[]): boolean {
  const found = keys.find(({ kid }) => kid === jws.kid)
  if (found === undefined || found.alg !== jws.alg) return false
  return verifyWith(found.alg, found.key, jws)
}

function verifyWith(alg: VerifyKey['alg'], key: KeyObject, jws: CompactJws): boolean {
  const { signed, signature } = jws
  switch (alg) {
    case 'ES256':
      return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'RS256':
      return verify('sha256', signed, key, signature)
    case 'EdDSA':
      return verify(null, signed, key, signature)
  }
}

/** @internal */
export function invalid(what: string, rule: string): FreshetError {
  return new FreshetError('token.invalid', `The ${what} ${rule}.`)
}
