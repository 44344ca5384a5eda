import { TOKEN_BYTES_MAX } from '@freshet/protocol'
import {
  parseJsonObject,
  readCompactJws,
  readJwsHeader,
  type AcceptedHeader,
  type CompactJws,
  type JwsHeader,
  type JwsRule,
} from '@freshet/wire'
import { invalidToken } from './invalid-token.ts'

/** The header of a token of our own. */
export const OWN_HEADER: AcceptedHeader = { types: ['at+jwt'], algs: ['ES256'] }

/**
 * Takes a token apart, by the one reader of compact JWS.
 *
 * @throws `token.invalid` naming the rule
 */
export function readSigned(jwt: string, { types, algs }: AcceptedHeader): CompactJws {
  const read = readCompactJws(jwt, { types, algs, lengthMax: TOKEN_BYTES_MAX })
  if (typeof read === 'string') throw invalidToken(textOf(read, { types, algs }))
  return read
}

/** Reads a header that a library has parsed, by the same rules. @throws `token.invalid` */
export function readHeader(
  header: Readonly<Record<string, unknown>>,
  accepted: AcceptedHeader,
): JwsHeader {
  const read = readJwsHeader(header, accepted)
  if (typeof read === 'string') throw invalidToken(textOf(read, accepted))
  return read
}

/** Reads the claims of a token: strict JSON, of a bounded depth. @throws `token.invalid` */
export function readPayload(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const payload = parseJsonObject(bytes, { maxBytes: TOKEN_BYTES_MAX })
  if (payload === undefined) throw invalidToken('a payload of strict JSON that is an object')
  return payload
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
  return readPayload(Buffer.from(JSON.stringify(claims)))
}

/** The rule as a noun. It shows nothing of the token. */
export function textOf(rule: JwsRule, { types, algs }: AcceptedHeader<string>): string {
  switch (rule) {
    case 'length':
      return 'at most 8 kB'
    case 'form':
      return 'three base64url parts'
    case 'base64url':
      return 'canonical base64url'
    case 'json':
      return 'a header of strict JSON'
    case 'member':
      return 'no header member beside alg, kid, typ, x5t and x5t#S256'
    case 'typ':
      return `typ ${types.join(' or ')}`
    case 'alg':
      return `alg ${algs.join(', ')}`
    case 'key':
      return 'a kid of plain characters'
    case 'signature':
      return 'a signature as long as its alg makes it'
  }
}
