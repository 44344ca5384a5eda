import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CALM_AFTER_MS, KEY_SHARE, mayEnter, placesNow } from './endpoint-limiter.ts'

describe('the places inside', () => {
  it('are fewer while some are refused, and for a moment after', () => {
    const limits = { calm: 40, crowded: 24 }
    expect([Infinity, CALM_AFTER_MS].map((ms) => placesNow(ms, limits))).toEqual([40, 40])
    expect([0, CALM_AFTER_MS - 1].map((ms) => placesNow(ms, limits))).toEqual([24, 24])
  })
})

describe('one more request', () => {
  it.each([
    [true, { all: 0, ofKey: 0 }],
    [true, { all: 19, ofKey: 17 }],
    [false, { all: 20, ofKey: 0 }],
    [false, { all: 18, ofKey: 18 }],
    [true, { all: 18, ofKey: 0 }],
  ])('may come in: %s, at %j of 20 places', (answer, inside) => {
    expect(mayEnter(inside, 20)).toBe(answer)
  })

  it('finds a place whatever one other key sends, and none beyond the places', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 100 }), fc.nat(300), (places, arrivals) => {
        let ofStorm = 0
        for (let n = 0; n < arrivals; n += 1) {
          if (mayEnter({ all: ofStorm, ofKey: ofStorm }, places)) ofStorm += 1
        }
        expect(ofStorm).toBeLessThanOrEqual(Math.ceil(places * KEY_SHARE))
        expect(mayEnter({ all: ofStorm, ofKey: 0 }, places)).toBe(true)
        expect(mayEnter({ all: places, ofKey: 0 }, places)).toBe(false)
      }),
    )
  })
})
