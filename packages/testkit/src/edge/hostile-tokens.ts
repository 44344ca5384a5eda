import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { SigningKey } from '@freshet/wire'
import { signToken } from '@freshet/testing/parts'

/** A good access token in parts, and the key that signs it. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  readonly key: SigningKey
}

/** The fault of a token, and the token. */
export type HostileToken = readonly [name: string, jwt: string]

/**
 * Token strings of every kind that an attacker sends, or a broken client: none is an access token
 * of the issuer, although most carry its signature. The good token itself is not among them.
 */
export function hostileTokens(good: TokenParts): readonly HostileToken[] {
  return [
    ...ofAnotherForm(good),
    ...withAlgorithmTricks(good),
    ...withHeaderTricks(good),
    ...withSignatureTricks(good),
    ...withPayloadTricks(good),
    ...withClaimTricks(good),
  ]
}

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const signed = ({ header, payload, key }: TokenParts, more: Partial<TokenParts> = {}): string =>
  signToken(more.header ?? header, more.payload ?? payload, key)

function ofAnotherForm(good: TokenParts): readonly HostileToken[] {
  const jwt = signed(good)
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const jwe = part({ alg: 'dir', enc: 'A256GCM', kid: good.header['kid'] })
  return [
    ['nothing', ''],
    ['white space alone', ' \t\n'],
    ['a word', 'token'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${jwt}.`],
    ['parts without content', '..'],
    ['no header', `.${payload}.${signature}`],
    ['no payload', `${header}..${signature}`],
    ['an encrypted token', `${jwe}..${payload}.${payload}.${signature}`],
    ['an encrypted token with the header of a signed one', `${header}..${payload}.${jwe}.AAAA`],
    ['a space before it', ` ${jwt}`],
    ['a line end after it', `${jwt}\n`],
    ['a line end within', `${header}.\r\n${payload}.${signature}`],
    ['a space within a part', `${header}.${payload.slice(0, 8)} ${payload.slice(8)}.${signature}`],
    ['a NUL after it', `${jwt}\u0000`],
    ['padding', `${header}.${payload}.${signature}==`],
    ['the other base64 alphabet', `${header}.${payload}.${signature.slice(0, -2)}+/`],
    ['dots of full width', `${header}．${payload}．${signature}`],
    ['a zero-width space', `${header}.${payload}\u200b.${signature}`],
    ['letters of full width', jwt.replace('.', '.Ａ')],
    ['percent encoding', encodeURIComponent(`${jwt}%`)],
    ['quotes around it', `"${jwt}"`],
    ['two tokens', `${jwt},${jwt}`],
    ['a token with its scheme', `Bearer ${jwt}`],
    ['spare bits in the last character', withSpareBits(jwt)],
    ['more than 8 kB', signed(good, { payload: { ...good.payload, x: 'x'.repeat(8_192) } })],
    ['a megabyte', `${header}.${'A'.repeat(1_048_576)}.${signature}`],
    ['a JSON serialisation', JSON.stringify({ protected: header, payload, signature })],
  ]
}

/** 64 bytes end in a character of which four bits count: the next one decodes to the same bytes. */
function withSpareBits(jwt: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(jwt.slice(-1))
  return jwt.slice(0, -1) + (alphabet[last + 1] ?? 'B')
}

function withAlgorithmTricks({ header, payload, key }: TokenParts): readonly HostileToken[] {
  const publicKey = createPublicKey(key.key)
  const unsigned = (alg: unknown): string => `${part({ ...header, alg })}.${part(payload)}.`
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }))
  const keyed = (secret: string | Buffer): string => {
    const input = `${part({ ...header, alg: 'HS256' })}.${part(payload)}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const named = ['none', 'HS256', 'RS256', 'PS256', 'ES384', 'ES512', 'EdDSA', 'es256', '', null, 7]
  return [
    ...['none', 'None', 'NONE', 'nOnE'].map((alg) => [`alg ${alg}`, unsigned(alg)] as const),
    ['alg none with a signature', `${unsigned('none')}AAAA`],
    ['HS256 keyed by the public key as PEM', keyed(pem)],
    ['HS256 keyed by the public key as DER', keyed(der)],
    ['HS256 keyed by the public key as JWK', keyed(jwk)],
    ['HS256 keyed by nothing', keyed('')],
    ...named.map((alg): HostileToken => {
      return [`a good signature called ${String(alg)}`, signToken({ ...header, alg }, payload, key)]
    }),
    ['a list of algorithms', signToken({ ...header, alg: ['ES256'] }, payload, key)],
    ['no alg', signToken({ ...header, alg: undefined }, payload, key)],
  ]
}

function withHeaderTricks({ header, payload, key }: TokenParts): readonly HostileToken[] {
  const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...thief.publicKey.export({ format: 'jwk' }), kid: header['kid'], alg: 'ES256' }
  const thiefs: SigningKey = { kid: key.kid, alg: 'ES256', key: thief.privateKey }
  const withMore = (more: object, by = key): string =>
    signToken({ ...header, ...more }, payload, by)
  const kids = ['', '../../etc/passwd', "k' OR '1'='1", '__proto__', 'constructor', 'k\u0000', 7]
  const types = [undefined, 'JWT', 'secevent+jwt', 'at+jwt2', 'logout+jwt', '', 7]
  const text = JSON.stringify(header)
  return [
    ['a key of a thief', withMore({}, thiefs)],
    ['a key that it brings itself', withMore({ jwk }, thiefs)],
    ['a key set that it names', withMore({ jku: 'https://evil.example/jwks.json' }, thiefs)],
    ['a certificate that it names', withMore({ x5u: 'https://evil.example/cert.pem' }, thiefs)],
    ['a certificate that it brings itself', withMore({ x5c: ['MIIB'] }, thiefs)],
    ...kids.map((kid): HostileToken => [`kid ${JSON.stringify(kid)}`, withMore({ kid })]),
    ['no kid', withMore({ kid: undefined })],
    ['a list of kids', withMore({ kid: [header['kid']] })],
    ['a kid of 4 kB', withMore({ kid: 'k'.repeat(4_096) })],
    ...types.map((typ): HostileToken => [`typ ${JSON.stringify(typ)}`, withMore({ typ })]),
    ['a critical extension', withMore({ crit: ['exp'], exp: 1 })],
    ['an unencoded payload', withMore({ b64: false, crit: ['b64'] })],
    ['an unencoded payload that is not critical', withMore({ b64: false })],
    ['a compressed payload', withMore({ zip: 'DEF' })],
    ['a nested token', signToken({ ...header, cty: 'JWT' }, withMore({}), key)],
    ['a method of encryption', withMore({ enc: 'A256GCM' })],
    ['a header member that is not accepted', withMore({ future: 'x' })],
    ['alg twice', signToken(`{"alg":"none",${text.slice(1)}`, payload, key)],
    ['kid twice', signToken(`{"kid":"other",${text.slice(1)}`, payload, key)],
    ['a header with a comma too many', signToken(`${text.slice(0, -1)},}`, payload, key)],
    ['a header that is a list', signToken('[]', payload, key)],
    ['a header that is null', signToken('null', payload, key)],
  ]
}

function withSignatureTricks(good: TokenParts): readonly HostileToken[] {
  const { header, payload, key } = good
  const jwt = signed(good)
  const [head = '', body = '', signature = ''] = jwt.split('.')
  const input = `${head}.${body}`
  const bytes = Buffer.from(signature, 'base64url')
  const as = (made: Buffer): string => `${input}.${made.toString('base64url')}`
  const other = signed(good, { payload: { ...payload, jti: 'other' } }).split('.')
  const der = sign('sha256', Buffer.from(input), key.key)
  return [
    ['a body that was signed, with the signature of another', `${input}.${other[2] ?? ''}`],
    ['a signature that was made, over another body', `${head}.${other[1] ?? ''}.${signature}`],
    ['a signature over another header', `${part({ ...header, x5t: 'x' })}.${body}.${signature}`],
    ['a signature of zeros', as(Buffer.alloc(64))],
    ['a signature of ones', as(Buffer.alloc(64, 0xff))],
    ['a signature as DER', as(der)],
    ['a signature that is too short', as(bytes.subarray(0, 63))],
    ['a signature that is too long', as(Buffer.concat([bytes, Buffer.alloc(1)]))],
    [
      'halves of the signature exchanged',
      as(Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)])),
    ],
    ['one bit of the signature flipped', as(Buffer.from(bytes).fill((bytes[9] ?? 0) ^ 1, 9, 10))],
  ]
}

function withPayloadTricks(good: TokenParts): readonly HostileToken[] {
  const { header, payload, key } = good
  const text = JSON.stringify(payload)
  const raw = (bytes: Buffer): string => {
    const input = `${part(header)}.${bytes.toString('base64url')}`
    const options = { key: key.key, dsaEncoding: 'ieee-p1363' } as const
    return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
  }
  const as = (body: string): string => signToken(header, body, key)
  return [
    ['a claim twice', as(`{"iss":"https://evil.example",${text.slice(1)}`)],
    ['the label twice', as(`${text.slice(0, -1)},"freshet":{}}`)],
    ['a payload that is a list', as(`[${text}]`)],
    ['a payload that is a text', as(JSON.stringify(text))],
    ['a payload that is null', as('null')],
    ['a payload that is a token', as(signed(good))],
    ['a payload with more behind it', as(`${text}{}`)],
    ['a payload of another JSON', as(text.replaceAll('"', "'"))],
    ['a byte order mark', as(`\ufeff${text}`)],
    ['a payload that is not UTF-8', raw(Buffer.concat([Buffer.from(text), Buffer.from([0xff])]))],
    ['half a character in a claim', raw(Buffer.from(text.replace('{', '{"x":"\\ud800",')))],
    [
      'nesting without end',
      as(`${text.slice(0, -1)},"x":${'['.repeat(2_000)}${']'.repeat(2_000)}}`),
    ],
  ]
}

function withClaimTricks(good: TokenParts): readonly HostileToken[] {
  const { payload } = good
  const text = JSON.stringify(payload)
  const label = payload['freshet'] as object
  const changed = (more: object): string => signed(good, { payload: { ...payload, ...more } })
  const labelled = (more: object): string => changed({ freshet: { ...label, ...more } })
  const endless = text.replace(/"exp":\d+/, '"exp":1e999')
  return [
    ['another issuer', changed({ iss: 'https://evil.example' })],
    ['the issuer with a slash', changed({ iss: `${String(payload['iss'])}/` })],
    ['no subject', changed({ sub: undefined })],
    ['a subject that is a number', changed({ sub: 7 })],
    ['a subject with a NUL', changed({ sub: 'alice\u0000' })],
    ['an exp beyond numbers', signToken(good.header, endless, good.key)],
    ['an exp that is a text', changed({ exp: '9999999999' })],
    ['a negative exp', changed({ exp: -1 })],
    ['no exp', changed({ exp: undefined })],
    ['no iat', changed({ iat: undefined })],
    ['no jti', changed({ jti: undefined })],
    ['no audience', changed({ aud: [] })],
    ['no label', changed({ freshet: undefined })],
    ['a label of numbers', labelled({ s: 1 })],
    ['a negative label', labelled({ s: '-1' })],
    ['a label in hexadecimal', labelled({ c: '0xff' })],
    ['a label of 19 digits', labelled({ c: '9'.repeat(19) })],
    ['a label of no tenant', labelled({ tenant: undefined })],
  ]
}
