import { beforeAll, describe, expect, it } from 'vitest'
import { readCompactJws, type AcceptedJws, type CompactJws } from './compact-jws.ts'
import { importJwks } from './jwks.ts'
import { isJwsSignedBy, signedOver, signJws } from './jws.ts'
import { generateKey, importSigningKey, type SigningKey, type VerifyKey } from './keys.ts'

const ALGS = ['ES256', 'EdDSA', 'RS256'] as const
const accepted: AcceptedJws = { types: ['jwt'], algs: ALGS, lengthMax: 4_096 }
const payload = Buffer.from('{"sub":"alice"}')

let keys: readonly SigningKey[]
let published: readonly VerifyKey[]

beforeAll(async () => {
  const made = await Promise.all(ALGS.map((alg) => generateKey(alg, `key-${alg}`)))
  keys = made.map(({ privateJwk }) => importSigningKey(privateJwk))
  published = importJwks({ keys: made.map(({ publicJwk }) => publicJwk) })
})

function signed(alg: string, isDetached = false): CompactJws {
  const key = keys.find((each) => each.alg === alg)
  if (key === undefined) throw new Error(`no key for ${alg}`)
  const text = signJws(payload, key, { typ: 'jwt', detached: isDetached })
  const read = readCompactJws(text, { ...accepted, isDetached })
  if (typeof read === 'string') throw new Error(`refused: ${read}`)
  return read
}

describe.each(ALGS)('a JWS of %s', (alg) => {
  it('is verified by the key that it names, whichever others there are', () => {
    const jws = signed(alg)
    expect(jws.header).toEqual({ typ: 'jwt', alg, kid: `key-${alg}` })
    expect(Buffer.from(jws.payload)).toEqual(payload)
    expect(isJwsSignedBy(jws, published)).toBe(true)
  })

  it('is not verified without that key, nor by a key of that name for another algorithm', () => {
    const others = published.filter((key) => key.alg !== alg)
    expect(isJwsSignedBy(signed(alg), others)).toBe(false)
    const renamed = others.map((key) => ({ ...key, kid: `key-${alg}` }))
    expect(isJwsSignedBy(signed(alg), renamed)).toBe(false)
  })

  it('is not verified with a bit flipped, in what was signed or in the signature', () => {
    const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => byte ^ +(at === 9))
    const jws = signed(alg)
    expect(isJwsSignedBy({ ...jws, signed: flipped(jws.signed) }, published)).toBe(false)
    expect(isJwsSignedBy({ ...jws, signature: flipped(jws.signature) }, published)).toBe(false)
  })

  it('that is detached is verified over the payload that was sent beside it alone', () => {
    const jws = signed(alg, true)
    expect(jws.payload).toHaveLength(0)
    expect(isJwsSignedBy(signedOver(jws, payload), published)).toBe(true)
    expect(isJwsSignedBy(signedOver(jws, Buffer.from('{}')), published)).toBe(false)
    expect(isJwsSignedBy(jws, published)).toBe(false)
  })
})
