import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rememberSignatures } from './signatures.ts'

rememberSignatures()

const BYTES = Buffer.from('what was signed')
const mine = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function asJws(key: KeyObject): { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' } {
  return { key, dsaEncoding: 'ieee-p1363' }
}

describe('signatures that are worked out once', () => {
  it('are good again and again, by each object that holds the key', () => {
    const signature = sign(null, BYTES, asJws(mine.privateKey))
    const again = createPublicKey(mine.privateKey)
    for (const key of [mine.publicKey, again, again])
      expect(verify(null, BYTES, asJws(key), signature)).toBe(true)
  })

  it('are valid in no other form, by no other key, and not when altered', () => {
    const signature = sign(null, BYTES, asJws(mine.privateKey))
    const altered = Buffer.from(signature)
    altered[5] = (altered[5] ?? 0) ^ 1
    for (let times = 0; times < 2; times++) {
      expect(verify(null, Buffer.from('what was singed'), asJws(mine.publicKey), signature)).toBe(
        false,
      )
      expect(verify(null, BYTES, asJws(other.publicKey), signature)).toBe(false)
      expect(verify(null, BYTES, asJws(mine.publicKey), altered)).toBe(false)
    }
  })

  it('are good in the encoding alone that they were made in', () => {
    const signature = sign('sha256', BYTES, asJws(curve.privateKey))
    expect(verify('sha256', BYTES, asJws(curve.publicKey), signature)).toBe(true)
    expect(verify('sha256', BYTES, curve.publicKey, signature)).toBe(false)
  })
})
