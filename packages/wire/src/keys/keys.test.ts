import { describe, expect, it } from 'vitest'
import { importJwks } from './jwks.ts'
import { generateKey, importSigningKey, publicJwks } from './keys.ts'

describe('keys', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)(
    'records of %s survive being written and read',
    async (alg) => {
      const { privateJwk, publicJwk } = await generateKey(alg, 'k-1')
      const signing = importSigningKey(privateJwk)
      expect(signing).toMatchObject({ kid: 'k-1', alg })
      expect(publicJwks([signing])).toEqual({ keys: [publicJwk] })
      expect(publicJwks(importJwks({ keys: [publicJwk] }))).toEqual({ keys: [publicJwk] })
    },
  )

  it('are published without their private half', async () => {
    const { privateJwk } = await generateKey('ES256', 'k-1')
    expect(publicJwks([importSigningKey(privateJwk)]).keys[0]).not.toHaveProperty('d')
  })

  it('are refused without kid, and with another alg than their kind', async () => {
    const { privateJwk, publicJwk } = await generateKey('ES256', 'k-1')
    const refused = expect.objectContaining({ code: 'config.invalid' }) as Error
    const { kid: _, ...nameless } = publicJwk
    expect(() => importJwks({ keys: [nameless] })).toThrow(refused)
    expect(() => importJwks({ keys: [{ ...publicJwk, alg: 'RS256' }] })).toThrow(refused)
    expect(() => importJwks({ keys: [{ ...publicJwk, alg: 'HS256' }] })).toThrow(refused)
    expect(() => importJwks({ keys: [{ ...publicJwk, use: 'enc' }] })).toThrow(refused)
    expect(() => importSigningKey(publicJwk)).toThrow(refused)
    expect(() => importSigningKey({ ...privateJwk, x: 'AA' })).toThrow(refused)
  })
})
