import { describe, expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

const bytes = (length: number): string =>
  Buffer.from(Array.from({ length }, (_, i) => i)).toString('utf16le')

describe('fingerprint', () => {
  // The first 64 vectors of HalfSipHash-2-4 with 64 bits of output (github.com/veorq/SipHash) are
  // over the bytes 0, 1, 2, … under the key 0 … 7; UTF-16 texts have the even lengths.
  it.each([
    [0, '218d1f59b9b83cc8'],
    [2, '064f39ef7c50eb57'],
    [4, 'd5e78a175be52ea1'],
    [8, 'edfee820bce4858c'],
    [16, '7336aad25f7bf3b5'],
  ])('is HalfSipHash-2-4 over %i bytes', (length, expected) => {
    const out = new Uint32Array(2)
    fingerprint(bytes(length), [0x03020100, 0x07060504], out, 0)
    expect(Buffer.from(out.buffer).toString('hex')).toBe(expected)
  })

  it('differs with the seed', () => {
    const out = new Uint32Array(4)
    fingerprint('["t","acme"]', [1, 2], out, 0)
    fingerprint('["t","acme"]', [1, 3], out, 2)
    expect([out[0], out[1]]).not.toEqual([out[2], out[3]])
  })
})
