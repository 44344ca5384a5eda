import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareCursors } from './ending.ts'

describe('the order in which walks read claims', () => {
  test('is that of UTF-8, whatever the characters (control: UTF-16 is another one)', () => {
    const [high, low] = ['\u{1F600}', '\uFFFD']
    expect(high < low).toBe(true)
    expect(
      compareCursors({ subject: high, claim: 'a' }, { subject: low, claim: 'a' }),
    ).toBeGreaterThan(0)
  })

  test('compares subjects first, then claims', () => {
    const text = fc.string({ unit: 'binary' })
    const cursor = fc.record({ subject: text, claim: text })
    fc.assert(
      fc.property(cursor, cursor, (a, b) => {
        const encoder = new TextEncoder()
        const bytes = (one: string): string =>
          [...encoder.encode(one)].map((each) => String.fromCharCode(each)).join('')
        const one = [bytes(a.subject), bytes(a.claim)] as const
        const other = [bytes(b.subject), bytes(b.claim)] as const
        const [x, y] = one[0] === other[0] ? [one[1], other[1]] : [one[0], other[0]]
        const expected = x < y ? -1 : x > y ? 1 : 0
        expect(Math.sign(compareCursors(a, b))).toBe(expected)
      }),
    )
  })
})
