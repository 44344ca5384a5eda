import { generateKeyPairSync, sign } from 'node:crypto'
import type { Random } from '../../simulation/random.ts'
import type { Mutator } from './mutator.ts'
import { textOf, type HostileRequest } from '../../requests/request.ts'

/** Matches a compact JWS anywhere; its signature can be empty. */
const COMPACT = /[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** Order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = attacker.publicKey.export({ format: 'jwk' })

type Parts = readonly [header: string, payload: string, signature: string]
type Change = (parts: Parts, random: Random) => string

/** Mutations of signed tokens: in a header, in JSON, in a form, or the whole body. */
export const jwtMutators: readonly Mutator[] = [
  onToken('a letter of a part', (parts, random) => {
    const at = random.below(3)
    return parts.map((part, index) => (index === at ? otherLetter(part, random) : part)).join('.')
  }),
  onToken('no signature', ([header, payload]) => `${header}.${payload}.`),
  onToken('parts in another order', ([header, payload, signature], random) =>
    random.pick([
      `${payload}.${header}.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}.${signature}`,
      `${header}..${signature}`,
      `${signature}.${payload}.${header}`,
    ]),
  ),
  onToken('letters that base64url has not', ([header, payload, signature], random) =>
    random.pick([
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.${signature} `,
      `${header}.${payload}.\n${signature}`,
      `${header}.${payload}=.${signature}`,
      `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`,
    ]),
  ),
  onToken('bits beyond the last byte', ([header, payload, signature]) => {
    const last = ALPHABET.indexOf(signature.at(-1) ?? 'A')
    return `${header}.${payload}.${signature.slice(0, -1)}${ALPHABET[last ^ 1] ?? 'A'}`
  }),
  onToken('the other signature of the same key: n − s', ([header, payload, signature]) => {
    const bytes = Buffer.from(signature, 'base64url')
    if (bytes.length !== 64) return `${header}.${payload}.`
    const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    const negated = (((N - s) % N) + N) % N
    const half = Buffer.from(negated.toString(16).padStart(64, '0'), 'hex')
    return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), half]).toString('base64url')}`
  }),
  onToken(
    'another header, the old signature',
    ([header, payload, signature], random) =>
      `${spoiltHeader(header, random)}.${payload}.${signature}`,
  ),
  onToken('another header, signed by a stranger', ([header, payload], random) =>
    signedByStranger(spoiltHeader(header, random), payload),
  ),
  onToken('signed by a stranger', ([header, payload]) => signedByStranger(header, payload)),
  onToken(
    'other claims, the old signature',
    ([header, payload, signature], random) =>
      `${header}.${spoiltClaims(payload, random)}.${signature}`,
  ),
  onToken('other claims, signed by a stranger', ([header, payload], random) =>
    signedByStranger(header, spoiltClaims(payload, random)),
  ),
  onToken('a member of the header twice', ([header, payload, signature]) => {
    const text = Buffer.from(header, 'base64url').toString()
    const twice = Buffer.from(text.replace('{', '{"alg":"none",')).toString('base64url')
    return `${twice}.${payload}.${signature}`
  }),
  onToken(
    'a very long one',
    ([header, payload, signature]) => `${header}.${payload.repeat(60)}.${signature}`,
  ),
]

function otherLetter(part: string, random: Random): string {
  const at = random.below(part.length + 1)
  return part.slice(0, at) + ALPHABET[random.below(64)] + part.slice(at + 1)
}

function spoiltHeader(header: string, random: Random): string {
  const other = random.pick<object>([
    { alg: 'none' },
    { alg: 'nOnE' },
    { alg: 'HS256' },
    { alg: 'ES384' },
    { alg: 'es256' },
    { kid: '__proto__' },
    { kid: '../../dev/null' },
    { kid: 'x'.repeat(500) },
    { kid: '' },
    { kid: 7 },
    { crit: ['b64'], b64: false },
    { crit: ['exp'] },
    { b64: false },
    { jwk },
    { jku: 'http://127.0.0.1:1/keys' },
    { x5u: 'http://127.0.0.1:1/chain' },
    { typ: 'JWT' },
    { typ: 'at+jwt' },
    { typ: 'secevent+jwt' },
    { zip: 'DEF' },
    { cty: 'JWT' },
  ])
  return encoded({ ...decoded(header), ...other })
}

function spoiltClaims(payload: string, random: Random): string {
  const other = random.pick<object>([
    { exp: 1e300 },
    { exp: 0 },
    { exp: '9999999999' },
    { iat: 9_999_999_999 },
    { nbf: 9_999_999_999 },
    { iss: 'security', sub: 'security' },
    { iss: 'iga', sub: 'iga' },
    { sub: 'root' },
    { aud: ['payments', 'x'] },
    { aud: '*' },
    { jti: '' },
    { groups: ['payments-approvers', 'admins'] },
    { freshet: { e: '1', s: '999999', c: '999999', pv: 9, tenant: 'acme' } },
    { freshet: null },
    { act: { sub: 'root' } },
  ])
  return encoded({ ...decoded(payload), ...other })
}

function signedByStranger(header: string, payload: string): string {
  const input = `${header}.${payload}`
  const options = { key: attacker.privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
}

function decoded(part: string): object {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString())) as object
  } catch {
    return {}
  }
}

function encoded(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url')
}

function onToken(name: string, change: Change): Mutator {
  return {
    name,
    apply(request: HostileRequest, random) {
      const body = textOf(request)
      const found = [
        ...request.headers.flatMap(([, value]) => value.match(COMPACT) ?? []),
        ...(body.match(COMPACT) ?? []),
      ]
      if (found.length === 0) return undefined
      const token = random.pick(found)
      const [header = '', payload = '', signature = ''] = token.split('.')
      const spoilt = change([header, payload, signature], random)
      return {
        ...request,
        headers: request.headers.map(([key, value]) => [key, value.replace(token, () => spoilt)]),
        body: Buffer.from(body.replace(token, () => spoilt)),
      }
    },
  }
}
