import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  planReturn,
  RETURN_MAX_MS,
  RETURN_MIN_MS,
  RETURN_SHARE,
  RETURN_SPREAD,
  RETURN_SPREAD_MIN_MS,
  wholeSeconds,
  type ReturnTerms,
} from './planned-return.ts'

const refusal: ReturnTerms = { nowMs: 1_000, waiting: 10, msPerPiece: 5, random: 0.5 }

/** A crowd that is refused at once: when each comes back. */
function returnsOf(
  count: number,
  more: Partial<ReturnTerms> = {},
  random = (): number => 0,
): number[] {
  let booked = 0
  return Array.from({ length: count }, () => {
    const planned = planReturn(booked, { ...refusal, ...more, random: random() })
    booked = planned.bookedUntilMs
    return planned.afterMs
  })
}

/** A number by chance that is the same in every run. */
function chance(seed = 1): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('a refused client', () => {
  it('comes back around the time when all before him are served', () => {
    const at = (random: number) => planReturn(0, { ...refusal, waiting: 10_000, random }).afterMs
    expect((at(0) + at(1)) / 2).toBeCloseTo(50_000 + 5 / RETURN_SHARE)
  })

  it('comes back no later than the maximum, whatever the load', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.double({ min: 0.01, max: 1e4, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (booked, waiting, msPerPiece, random) => {
          const planned = planReturn(booked, { nowMs: 0, waiting, msPerPiece, random })
          expect(planned.afterMs).toBeGreaterThan(0)
          expect(planned.afterMs).toBeLessThanOrEqual(RETURN_MAX_MS)
          expect(planned.bookedUntilMs).toBeGreaterThanOrEqual(booked)
        },
      ),
    )
  })

  it('is promised a place of his own: no more of them than can be served, with some left for others', () => {
    const one = fc.record({
      gapMs: fc.double({ min: 0, max: 50, noNaN: true }),
      waiting: fc.integer({ min: 0, max: 40 }),
      ms: fc.double({ min: 0.1, max: 20, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 200 }), (all) => {
        let nowMs = 0
        let booked = 0
        for (const { gapMs, waiting, ms } of all) {
          nowMs += gapMs
          const planned = planReturn(booked, { nowMs, waiting, msPerPiece: ms, random: 0.5 })
          const place = planned.bookedUntilMs
          const soonestMs = nowMs + Math.max(RETURN_MIN_MS, waiting * ms)
          expect(place - Math.max(booked, soonestMs)).toBeCloseTo(ms / RETURN_SHARE)
          booked = place
        }
      }),
    )
  })

  it('waits for longer the more wait or were refused before, below the maximum', () => {
    const waits = (more: Partial<ReturnTerms>, booked = 0) =>
      planReturn(booked, { ...refusal, ...more }).afterMs
    expect(waits({ waiting: 1_000 })).toBeGreaterThan(waits({ waiting: 300 }))
    expect(waits({ waiting: 300, msPerPiece: 9 })).toBeGreaterThan(waits({ waiting: 300 }))
    expect(waits({}, 20_000)).toBeGreaterThan(waits({}, 10_000))
    const all = returnsOf(10_000)
    expect(all).toEqual([...all].sort((a, b) => a - b))
  })

  it('is one of a crowd that comes back about as fast as it can be served', () => {
    const after = returnsOf(10_000, {}, chance()).sort((a, b) => a - b)
    const perSecond = new Map<number, number>()
    for (const ms of after) {
      const second = Math.ceil(ms / 1_000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    // 5 ms a piece: 200 of them in a second. Chance may put a fifth more into one.
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(240)
    expect(after.at(-1)).toBeLessThan(
      ((10_000 * 5) / RETURN_SHARE) * (1 + RETURN_SPREAD / 2) + RETURN_MIN_MS * 2,
    )
    // The control: with one wait for all they would come back at once.
    expect(new Set(after.map((ms) => Math.ceil(ms / 1_000))).size).toBeGreaterThan(50)
  })

  it('is moved by chance, the further the longer the wait', () => {
    const spread = (bookedUntilMs: number): number => {
      const at = (random: number) => planReturn(bookedUntilMs, { ...refusal, random }).afterMs
      return at(1) - at(0)
    }
    expect(spread(0)).toBe(RETURN_SPREAD_MIN_MS)
    expect(spread(41_000)).toBeGreaterThan(9_000)
    expect(spread(81_000)).toBeGreaterThan(spread(41_000))
  })

  it('leaves a place empty where he does not come: it is lost with its moment', () => {
    const booked = planReturn(50_000, refusal).bookedUntilMs
    const later = planReturn(booked, { ...refusal, nowMs: booked + 1, waiting: 0, random: 0 })
    expect(later.afterMs).toBeLessThan(RETURN_MIN_MS + 10)
  })
})

describe('the content of the header', () => {
  it('is the nearest of its seconds, and never none', () => {
    expect([0, 400, 1_499, 1_500, 2_499, 300_000].map(wholeSeconds)).toEqual([1, 1, 1, 2, 2, 300])
  })

  it('is on average what was planned, since chance spreads it over a second', () => {
    const waits = returnsOf(2_000, { waiting: 2_000 }, chance())
    const mean = (all: readonly number[]): number =>
      all.reduce((sum, ms) => sum + ms, 0) / all.length
    const rounded = waits.map((ms) => wholeSeconds(ms) * 1_000)
    expect(Math.abs(mean(rounded) - mean(waits))).toBeLessThan(50)
    // The control: rounded up, all would wait half a second longer.
    const up = waits.map((ms) => Math.ceil(ms / 1_000) * 1_000)
    expect(mean(up) - mean(waits)).toBeGreaterThan(400)
  })
})
