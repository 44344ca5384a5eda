import { describe, expect, it } from 'vitest'
import {
  generateMacKey,
  keySetJson,
  readKeySet,
  readMacKeySet,
  readSigningKeySet,
  readVerifyKeySet,
} from './key-set.ts'
import { generateKey } from './keys.ts'

const times = {
  iat: 1_795_000_000,
  nbf: 1_795_000_900,
  exp: 1_795_090_000,
  revoked: { revoked_at: 1_795_000_950 },
}
const timesMs = {
  addedMs: 1_795_000_000_000,
  signsFromMs: 1_795_000_900_000,
  publishedUntilMs: 1_795_090_000_000,
  revokedMs: 1_795_000_950_000,
}

describe('a key set', () => {
  it('gives private keys with their times, in milliseconds', async () => {
    const { privateJwk } = await generateKey('ES256', 'a')
    const [key] = readSigningKeySet({ keys: [{ ...privateJwk, ...times }] }, 'ES256')
    expect(key).toMatchObject({ kid: 'a', alg: 'ES256', ...timesMs })
    expect(key?.key.type).toBe('private')
  })

  it('may be one JWK alone, which has no times', async () => {
    const { privateJwk } = await generateKey('EdDSA', 'a')
    const [key, ...others] = readSigningKeySet(privateJwk, 'EdDSA')
    expect(others).toEqual([])
    expect(key).not.toHaveProperty('signsFromMs')
  })

  it('gives public halves alone, whatever it holds', async () => {
    const { privateJwk } = await generateKey('EdDSA', 'a')
    const [key] = readVerifyKeySet({ keys: [{ ...privateJwk, exp: 1 }] })
    expect(key).toMatchObject({ kid: 'a', publishedUntilMs: 1_000 })
    expect(key?.key.type).toBe('public')
  })

  it('is written as it was read', async () => {
    const { privateJwk } = await generateKey('ES256', 'a')
    const json = {
      keys: [{ ...privateJwk, ...times }, (await generateKey('ES256', 'b')).privateJwk],
    }
    expect(keySetJson(readKeySet(json))).toEqual(json)
  })

  it('holds keys of stamps of 32 bytes', async () => {
    const [key] = readMacKeySet({ keys: [{ ...(await generateMacKey('s')), nbf: 5 }] })
    expect(key).toMatchObject({ kid: 's', signsFromMs: 5_000 })
    expect(key?.key).toHaveLength(32)
  })

  it.each([
    ['one kid twice', { keys: [{ kid: 'a' }, { kid: 'a' }] }, /twice/],
    ['a key without kid', { keys: [{ kty: 'EC' }] }, /kid/],
    ['a time that is no whole number', { keys: [{ kid: 'a', nbf: 1.5 }] }, /nbf/],
    ['a time as text', { keys: [{ kid: 'a', exp: '5' }] }, /exp/],
    ['a bare true for revoked', { keys: [{ kid: 'a', revoked: true }] }, /revoked/],
    ['too many keys', { keys: Array.from({ length: 101 }, (_, n) => ({ kid: `k${n}` })) }, /set/],
    ['no key set', [], /set/],
    ['nothing', null, /set/],
  ])('is refused with %s', (_, json, message) => {
    expect(() => readKeySet(json)).toThrow(message)
  })

  it('is refused with a key of another kind, which is never shown', async () => {
    const { privateJwk, publicJwk } = await generateKey('EdDSA', 'a')
    const mac = await generateMacKey('s')
    const code = { code: 'config.invalid' }
    expect(() => readSigningKeySet(privateJwk, 'ES256')).toThrow(/a is not one for ES256/)
    expect(() => readSigningKeySet(publicJwk, 'EdDSA')).toThrow(expect.objectContaining(code))
    expect(() => readMacKeySet(privateJwk)).toThrow(/a is not a symmetric one/)
    expect(() => readMacKeySet({ ...mac, k: 'AAAA' })).toThrow(/32 bytes/)
    expect(() => readMacKeySet({ ...mac, alg: 'HS512' })).toThrow(/HS256/)
  })
})
