import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { importJwks, readJwks } from './jwks.ts'
import { generateKey, type NamedJwk } from './keys.ts'

let ours: NamedJwk
let rsa: NamedJwk
let ed: NamedJwk
beforeAll(async () => {
  ours = (await generateKey('ES256', 'ec')).publicJwk
  rsa = (await generateKey('RS256', 'rsa')).publicJwk
  ed = (await generateKey('EdDSA', 'ed')).publicJwk
})

function jwkOf(kind: 'x25519' | 'p384' | 'short'): object {
  const pair =
    kind === 'x25519'
      ? generateKeyPairSync('x25519')
      : kind === 'p384'
        ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
        : generateKeyPairSync('rsa', { modulusLength: 1024 })
  return { ...pair.publicKey.export({ format: 'jwk' }), kid: kind }
}

const refused = expect.objectContaining({ code: 'config.invalid' }) as Error

describe('a key set', () => {
  it.each<[string, () => unknown]>([
    ['for encryption', () => ({ ...rsa, use: 'enc', alg: 'RSA-OAEP' })],
    ['for encryption, whose algorithm is one of signatures', () => ({ ...rsa, use: 'enc' })],
    ['whose operations lack verify', () => ({ ...rsa, key_ops: ['encrypt'] })],
    ['whose operations are no list', () => ({ ...rsa, key_ops: 'verify' })],
    ['of a future kind', () => ({ kty: 'AKP', alg: 'ML-DSA-65', pub: 'AA', kid: 'pq' })],
    ['of another algorithm', () => ({ ...rsa, alg: 'PS256' })],
    ['of another curve', () => jwkOf('p384')],
    ['of key agreement', () => jwkOf('x25519')],
    ['of RSA that is too short', () => jwkOf('short')],
    ['that is symmetric', () => ({ kty: 'oct', k: 'AAAA', kid: 'mac', alg: 'HS256' })],
    [
      'that is symmetric, under an algorithm of signatures',
      () => ({ kty: 'oct', k: 'AA', kid: 'm', alg: 'ES256' }),
    ],
    ['of no algorithm', () => ({ ...rsa, alg: 'none' })],
    ['whose algorithm is of another kind', () => ({ ...rsa, alg: 'ES256' })],
    ['without a name', () => ({ ...rsa, kid: undefined })],
    ['that is no object', () => null],
  ])('passes over a key %s, and keeps the others', (_, other) => {
    const { keys, passedOver } = readJwks({ keys: [other(), ours] })
    expect(keys.map(({ kid, alg }) => [kid, alg])).toEqual([['ec', 'ES256']])
    expect(passedOver).toHaveLength(1)
    // A set that has only such keys is an error.
    expect(() => importJwks({ keys: [other()] })).toThrow(refused)
  })

  it('gives a key without alg the one algorithm of its kind', () => {
    const bare = [ours, rsa, ed].map((jwk) => ({ ...jwk, alg: undefined }))
    expect(importJwks({ keys: bare }).map(({ kid, alg }) => [kid, alg])).toEqual([
      ['ec', 'ES256'],
      ['rsa', 'RS256'],
      ['ed', 'EdDSA'],
    ])
  })

  it('without members has no keys; what is none is refused', () => {
    expect(importJwks({ keys: [] })).toEqual([])
    for (const json of [[ours], {}, null, { keys: {} }, { keys: Array(101).fill(ours) }])
      expect(() => readJwks(json)).toThrow(refused)
  })

  it('with two different keys of one kid has neither of them, and keeps the others', () => {
    for (const twin of [rsa, ed]) {
      const { keys, passedOver } = readJwks({ keys: [ours, { ...twin, kid: 'ec' }, rsa] })
      expect(keys.map(({ kid }) => kid)).toEqual(['rsa'])
      expect(passedOver).toEqual([{ name: 'ec', why: 'another key of the set has this kid' }])
    }
    expect(() => importJwks({ keys: [ours, { ...rsa, kid: 'ec' }] })).toThrow(refused)
  })

  it('with one key twice has it once', () => {
    const { keys, passedOver } = readJwks({ keys: [ours, rsa, { ...ours }] })
    expect([keys.map(({ kid }) => kid), passedOver]).toEqual([['ec', 'rsa'], []])
  })

  it('loses no key to one of the same kid that verifies nothing', () => {
    expect(readJwks({ keys: [ours, { ...rsa, kid: 'ec', use: 'enc' }] }).keys).toHaveLength(1)
  })

  it('never shows a key in the names and rules of what it passes over', () => {
    const hostile = { ...rsa, kid: `a\n${'x'.repeat(500)}`, alg: rsa.n }
    const { passedOver } = readJwks({ keys: [hostile, { ...rsa, kid: 7 }] })
    expect(passedOver.map(({ name }) => name.length <= 128 && !name.includes('\n'))).toEqual([
      true,
      true,
    ])
    expect(JSON.stringify(passedOver)).not.toContain(rsa.n)
    expect(passedOver[1]?.name).toBe('#2')
  })
})
