import type { Seed } from '../system.ts'

/**
 * Writes the 64-bit fingerprint of a text to `out[at]` and `out[at + 1]`: HalfSipHash-2-4 over the UTF-16
 * code units, two to 32 bits.
 *
 * It has a key, so that an attacker who chooses subjects and values cannot make them collide. It uses 32-bit
 * arithmetic, because every scope of every revocation and token goes through it. Never (0, 0).
 */
export function fingerprint(text: string, seed: Seed, out: Uint32Array, at: number): void {
  let v0 = seed[0]
  let v1 = seed[1] ^ 0xee
  let v2 = seed[0] ^ 0x6c796765
  let v3 = seed[1] ^ 0x74656462
  const { length } = text
  const whole = length & ~1
  const round = (): void => {
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
  }
  const absorb = (word: number): void => {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }
  for (let i = 0; i < whole; i += 2) absorb(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
  absorb(((length * 2) << 24) | (whole < length ? text.charCodeAt(whole) : 0))
  v2 ^= 0xee
  for (let i = 0; i < 4; i++) round()
  const high = v1 ^ v3
  v1 ^= 0xdd
  for (let i = 0; i < 4; i++) round()
  out[at] = high
  out[at + 1] = (v1 ^ v3) | (high === 0 ? 1 : 0)
}
