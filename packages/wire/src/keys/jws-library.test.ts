import { compactVerify, createLocalJWKSet, type CompactVerifyResult } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { readCompactJws, type AcceptedJws } from './compact-jws.ts'
import { importJwks } from './jwks.ts'
import { isJwsSignedBy, signBytes } from './jws.ts'
import { generateKey, importSigningKey, type SigningKey, type VerifyKey } from './keys.ts'

const accepted: AcceptedJws = { types: ['at+jwt'], algs: ['ES256'], lengthMax: 8_192 }
const header = '{"alg":"ES256","typ":"at+jwt","kid":"k1"}'
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

let key: SigningKey
let published: readonly VerifyKey[]
let jwks: ReturnType<typeof createLocalJWKSet>

beforeAll(async () => {
  const { privateJwk, publicJwk } = await generateKey('ES256', 'k1')
  key = importSigningKey(privateJwk)
  published = importJwks({ keys: [publicJwk] })
  jwks = createLocalJWKSet({ keys: [publicJwk] })
})

const encoded = (text: string): string => Buffer.from(text).toString('base64url')

function signed(head: string): string {
  const input = `${encoded(head)}.${encoded('{"sub":"alice"}')}`
  return `${input}.${signBytes(key, Buffer.from(input)).toString('base64url')}`
}

/** Changes a bit of the last character that no byte uses. */
function respelled(text: string): string {
  return text.slice(0, -1) + (ALPHABET[ALPHABET.indexOf(text.slice(-1)) ^ 1] ?? '')
}

function byLibrary(text: string): Promise<CompactVerifyResult> {
  return compactVerify(text, jwks, { algorithms: ['ES256'] })
}

describe('a library accepts what the reader refuses before cryptography', () => {
  it.each([
    ['a key set that the header names', 'member', () => signed(header.replace('{', '{"jku":"x",'))],
    ['a member of the future', 'member', () => signed(header.replace('{', '{"future":1,'))],
    ['kid twice', 'json', () => signed(header.replace('{', '{"kid":"other",'))],
    ['another spelling of the same bytes', 'base64url', () => respelled(signed(header))],
  ])('%s', async (_, rule, text) => {
    await expect(byLibrary(text())).resolves.toMatchObject({ protectedHeader: { kid: 'k1' } })
    expect(readCompactJws(text(), accepted)).toBe(rule)
  })

  it('control: both accept the text that these were made of', async () => {
    await expect(byLibrary(signed(header))).resolves.toBeDefined()
    const jws = readCompactJws(signed(header), accepted)
    expect(typeof jws === 'object' && isJwsSignedBy(jws, published)).toBe(true)
  })
})
