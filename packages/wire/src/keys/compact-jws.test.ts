import { beforeAll, describe, expect, it } from 'vitest'
import {
  jwsRuleText,
  readCompactJws,
  readJwsHeader,
  type AcceptedJws,
  type CompactJws,
  type JwsRule,
} from './compact-jws.ts'
import { importJwks } from './jwks.ts'
import { isJwsSignedBy, signBytes } from './jws.ts'
import {
  generateKey,
  importSigningKey,
  SIGNATURE_ALGORITHMS,
  type SigningKey,
  type VerifyKey,
} from './keys.ts'

const accepted: AcceptedJws = {
  types: [undefined, 'at+jwt'],
  algs: SIGNATURE_ALGORITHMS,
  lengthMax: 16_384,
}
const detached: AcceptedJws = { ...accepted, isDetached: true }
const proof = { ...accepted, keyMember: 'jwk' } as const
const claims = { sub: 'alice' }

let key: SigningKey
let published: readonly VerifyKey[]

beforeAll(async () => {
  const { privateJwk, publicJwk } = await generateKey('ES256', 'key-ES256')
  key = importSigningKey(privateJwk)
  published = importJwks({ keys: [publicJwk] })
})

const encoded = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

/** Returns a text with a valid signature, whatever its header contains. */
function signed(header: unknown, payload: unknown = claims): string {
  const input = `${encoded(header)}.${encoded(payload)}`
  return `${input}.${signBytes(key, Buffer.from(input)).toString('base64url')}`
}

const header = (more: object = {}): object => ({
  alg: 'ES256',
  typ: 'at+jwt',
  kid: 'key-ES256',
  ...more,
})

function parts(text: string): CompactJws {
  const read = readCompactJws(text, accepted)
  if (typeof read === 'string') throw new Error(`refused: ${read}`)
  return read
}

/** Returns the text after a change of its three parts. */
function changed(change: (h: string, p: string, s: string) => string): string {
  const [h = '', p = '', s = ''] = signed(header()).split('.')
  return change(h, p, s)
}

/** Returns the text with a signature of this many bytes. */
function ofLength(bytes: number, alg: string): string {
  const [h, p] = signed(header({ alg })).split('.')
  return `${h}.${p}.${Buffer.alloc(bytes, 7).toString('base64url')}`
}

describe('a compact JWS', () => {
  it.each<readonly [string, object]>([
    ['no typ', { typ: undefined }],
    ['a typ as a media type', { typ: 'application/at+jwt' }],
    ['a typ in other letters', { typ: 'AT+JWT' }],
    ['a thumbprint of the certificate', { x5t: 'abc' }],
    ['a SHA-256 thumbprint of the certificate', { 'x5t#S256': 'abc' }],
    ['a kid of 128 characters', { kid: 'k'.repeat(128) }],
    ['a kid of every character that keys have', { kid: 'aZ09_.:-+/=' }],
    [
      'a kid in base64, as AWS Cognito has',
      { kid: 'Vx+7/abcdefghijklmnopqrstuvwxyz0123456789ABC=' },
    ],
  ])('is read with %s', (_, more) => {
    expect(parts(signed(header(more))).header.alg).toBe('ES256')
  })
})

/**
 * The fault of each text, the text, and the rule that the reader names. The signature is valid wherever it
 * can be.
 */
const refusedTexts: readonly (readonly [string, () => string, JwsRule])[] = [
  ['longer than the caller allows', () => signed(header(), 'x'.repeat(16_384)), 'length'],
  ['nothing', () => '', 'form'],
  ['two parts', () => changed((h, p) => `${h}.${p}`), 'form'],
  ['four parts', () => changed((h, p, s) => `${h}.${p}.${s}.`), 'form'],
  ['no header', () => changed((_, p, s) => `.${p}.${s}`), 'form'],
  ['no payload, which is a detached form', () => changed((h, _, s) => `${h}..${s}`), 'form'],
  ['no signature', () => changed((h, p) => `${h}.${p}.`), 'form'],
  ['a space before it', () => ` ${signed(header())}`, 'form'],
  ['a line end after it', () => `${signed(header())}\n`, 'form'],
  ['padding', () => changed((h, p, s) => `${h}.${p}.${s}==`), 'form'],
  ['the other base64 alphabet', () => changed((h, p, s) => `${h}.${p}.${s.slice(2)}+/`), 'form'],
  ['a JSON serialisation', () => JSON.stringify({ payload: 'a', signature: 'b' }), 'form'],
  ['a part of one character', () => changed((h, p) => `${h}.${p}.A`), 'base64url'],
  ['a header that is no JSON', () => signed('no json'), 'json'],
  ['a header that is a list', () => signed([header()]), 'json'],
  ['a header that is null', () => signed('null'), 'json'],
  ['a header that is no UTF-8', () => changed((_, p, s) => `${'_'.repeat(8)}.${p}.${s}`), 'json'],
  ['a header with a byte order mark', () => signed(`\ufeff${JSON.stringify(header())}`), 'json'],
  ['a header with more behind it', () => signed(`${JSON.stringify(header())}{}`), 'json'],
  ['a header over 1 KiB', () => signed(header({ x5t: 'x'.repeat(1_024) })), 'json'],
  ['a header nested over 4 deep', () => signed(header({ x5t: [[[[]]]] })), 'json'],
  ['alg twice', () => signed(twice('"alg":"none"')), 'json'],
  ['kid twice', () => signed(twice('"kid":"other"')), 'json'],
  ['typ twice, once by escapes', () => signed(twice(String.raw`"\u0074yp":"jwt"`)), 'json'],
  ['a member __proto__', () => signed(twice('"__proto__":{}')), 'json'],
]

const twice = (member: string): string => JSON.stringify(header()).replace('{', `{${member},`)

describe('a text is no compact JWS with', () => {
  it.each(refusedTexts)('%s', (_, text, rule) => {
    expect(readCompactJws(text(), accepted)).toBe(rule)
  })

  it('the control of each row: the text that all of them were made of', () => {
    expect(isJwsSignedBy(parts(signed(header())), published)).toBe(true)
  })

  it('another spelling of the same bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const good = signed(header())
    const last = alphabet.indexOf(good.slice(-1))
    const alike = [1, 2, 3].map((spare) => good.slice(0, -1) + (alphabet[last ^ spare] ?? ''))
    for (const text of alike) {
      expect(Buffer.from(text.split('.')[2] ?? '', 'base64url')).toEqual(
        Buffer.from(good.split('.')[2] ?? '', 'base64url'),
      )
      expect(readCompactJws(text, accepted)).toBe('base64url')
    }
  })

  it('a payload where a detached one is expected', () => {
    expect(readCompactJws(signed(header()), detached)).toBe('form')
  })
})

/**
 * Members that would choose a key, a form or a meaning. The same rule refuses members that have no name yet.
 */
const refusedMembers: readonly (readonly [string, object])[] = [
  ['a critical extension', { crit: ['exp'] }],
  ['an unencoded payload', { b64: false }],
  ['an unencoded payload that is critical', { b64: false, crit: ['b64'] }],
  ['compression', { zip: 'DEF' }],
  ['a key set that it names', { jku: 'https://evil.example/jwks.json' }],
  ['a key that it brings', { jwk: {} }],
  ['a certificate that it names', { x5u: 'https://evil.example/cert.pem' }],
  ['a certificate that it brings', { x5c: ['MIIB'] }],
  ['a nested token', { cty: 'JWT' }],
  ['an encryption', { enc: 'A256GCM' }],
  ['a nonce', { nonce: 'n1' }],
  ['a claim that is repeated (RFC 7519 §5.3)', { iss: 'https://idp.example' }],
  ['a member of the future', { future: 'x' }],
  ['a known member in other letters', { KID: 'key-ES256' }],
]

const refusedHeaders: readonly (readonly [string, object, JwsRule])[] = [
  ...refusedMembers.map(([what, more]) => [what, more, 'member'] as const),
  ['a typ of something else', { typ: 'logout+jwt' }, 'typ'],
  ['a typ that only begins alike', { typ: 'at+jwt2' }, 'typ'],
  ['an empty typ', { typ: '' }, 'typ'],
  ['a typ that is no text', { typ: 7 }, 'typ'],
  ['a typ that is null', { typ: null }, 'typ'],
  ['alg none', { alg: 'none' }, 'alg'],
  ['a symmetric algorithm', { alg: 'HS256' }, 'alg'],
  ['an algorithm that nobody here has', { alg: 'PS256' }, 'alg'],
  ['an algorithm in other letters', { alg: 'es256' }, 'alg'],
  ['a list of algorithms', { alg: ['ES256'] }, 'alg'],
  ['no algorithm', { alg: undefined }, 'alg'],
  ['no kid', { kid: undefined }, 'key'],
  ['an empty kid', { kid: '' }, 'key'],
  ['a kid over 128 characters', { kid: 'k'.repeat(129) }, 'key'],
  ['a kid that is a path', { kid: '../../etc/passwd' }, 'key'],
  ['a kid with a blank', { kid: 'key ES256' }, 'key'],
  ['a kid with a line end', { kid: 'key-ES256\n' }, 'key'],
  ['a kid that is no text', { kid: 7 }, 'key'],
  ['a list of kids', { kid: ['key-ES256'] }, 'key'],
]

describe('a header is refused with', () => {
  it.each(refusedHeaders)('%s', (_, more, rule) => {
    expect(readCompactJws(signed(header(more)), accepted)).toBe(rule)
    // A header that a library has parsed breaks the same rule.
    expect(readJwsHeader({ ...header(more) }, accepted)).toBe(rule)
  })

  it('control: what is left is accepted, from the text and from a library', () => {
    const all = header({ x5t: 'abc', 'x5t#S256': 'abc' })
    const read = { typ: 'at+jwt', alg: 'ES256', kid: 'key-ES256' }
    expect(parts(signed(all)).header).toEqual(read)
    expect(readJwsHeader({ ...all }, accepted)).toEqual(read)
  })

  it('a type or an algorithm that this caller does not accept, though another one does', () => {
    const text = signed(header())
    expect(readCompactJws(text, { ...accepted, types: ['jwt'] })).toBe('typ')
    expect(
      readCompactJws(signed(header({ typ: undefined })), { ...accepted, types: ['jwt'] }),
    ).toBe('typ')
    expect(readCompactJws(text, { ...accepted, algs: ['EdDSA'] })).toBe('alg')
  })
})

describe('a signature is refused before cryptography', () => {
  it.each([
    ['ES256', 63],
    ['ES256', 65],
    ['ES256', 71],
    ['EdDSA', 63],
    ['EdDSA', 114],
  ])('a record of %s with %i bytes', (alg, bytes) => {
    expect(readCompactJws(ofLength(bytes, alg), accepted)).toBe('signature')
    // Control: only cryptography refuses a signature of the right length.
    const jws = parts(ofLength(64, alg))
    expect(isJwsSignedBy(jws, published)).toBe(false)
  })

  it('control: that of RS256 is as long as its key makes it', () => {
    expect(parts(ofLength(256, 'RS256')).signature).toHaveLength(256)
    expect(parts(ofLength(512, 'RS256')).signature).toHaveLength(512)
  })
})

describe('a header with its own key, for proofs of possession alone', () => {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }

  it('is read where the caller asks for jwk, and then needs no kid', () => {
    const read = readCompactJws(signed(header({ jwk, kid: undefined })), proof)
    expect(read).toMatchObject({ header: { alg: 'ES256', kid: '', jwk: { ...jwk } } })
    // A header without a name names no key.
    expect(isJwsSignedBy(read as CompactJws, published)).toBe(false)
  })

  it.each(refusedMembers.filter(([, more]) => !('jwk' in more)))(
    'has no other member more: %s',
    (_, more) => {
      expect(readCompactJws(signed(header({ jwk, ...more })), proof)).toBe('member')
    },
  )

  it('control: it is refused by every other caller', () => {
    expect(readCompactJws(signed(header({ jwk })), accepted)).toBe('member')
  })
})

it('the text of a rule shows the accepted values, and nothing that was sent', () => {
  const rules = new Set([...refusedTexts, ...refusedHeaders].map((row) => row[2]))
  for (const rule of [...rules, 'signature'] as const) {
    const text = jwsRuleText(rule, accepted)
    expect(text).toMatch(/^(?:is|has) /)
    expect(text).not.toContain('evil')
  }
  expect(jwsRuleText('typ', accepted)).toContain('absent, at+jwt')
  expect(jwsRuleText('member', accepted)).toContain('alg, kid, typ, x5t, x5t#S256')
})
