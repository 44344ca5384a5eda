import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts'

const years0To9999 = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 })

describe('times on the wire', () => {
  it('writes what the platform writes, and reads it back', () => {
    fc.assert(
      fc.property(years0To9999, (timeMs) => {
        const text = formatRfc3339(timeMs)
        expect(text).toBe(new Date(timeMs).toISOString())
        expect(parseRfc3339(text)).toBe(timeMs)
      }),
    )
  })

  it('reads offsets, small letters and finer fractions', () => {
    expect(parseRfc3339('2026-11-24t11:00:00.1209+01:00')).toBe(
      Date.UTC(2026, 10, 24, 10, 0, 0, 120),
    )
    expect(parseRfc3339('2026-11-24T09:30:00-00:30')).toBe(Date.UTC(2026, 10, 24, 10))
  })

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24',
    '2026-11-24T10:00:00',
  ])('refuses %s', (text) => {
    expect(parseRfc3339(text)).toBeUndefined()
  })
})
