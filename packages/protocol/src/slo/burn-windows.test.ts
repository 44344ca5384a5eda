import { describe, expect, it } from 'vitest'
import { BAD_EVENTS_MIN } from './budget.ts'
import { BURN_WINDOWS, burnRows, fires, type BurnRow } from './burn-windows.ts'
import { LATENCY_BUCKETS } from './slo.ts'

const SLO = { target: 0.999 }
const [FAST] = burnRows(28) as [BurnRow, ...BurnRow[]]

/** So many bad among so many. */
function counts(bad: number, valid: number): { good: number; valid: number } {
  return { good: valid - bad, valid }
}

describe('the table of burn rates', () => {
  it('over 28 days is the one of the handbooks', () => {
    expect(burnRows(28).map(({ factor }) => factor)).toEqual([13.44, 5.6, 2.8, 0.9333])
    expect(burnRows(30).map(({ factor }) => factor)).toEqual([14.4, 6, 3, 1])
  })

  it('has short windows of a twelfth of the long ones', () => {
    for (const { long, short } of burnRows(28))
      expect(BURN_WINDOWS[long] / BURN_WINDOWS[short]).toBe(12)
  })
})

describe('a row of it', () => {
  it('fires when both windows burn too fast', () => {
    expect(fires(FAST, SLO, { long: counts(50, 1_000), short: counts(5, 100) })).toBe(true)
  })

  it('is silent when the short window has recovered, or the long one never burnt', () => {
    expect(fires(FAST, SLO, { long: counts(50, 1_000), short: counts(0, 100) })).toBe(false)
    expect(fires(FAST, SLO, { long: counts(5, 10_000), short: counts(5, 100) })).toBe(false)
  })

  it('is silent at exactly its factor, and about nothing at all', () => {
    const at = counts(1_344, 100_000)
    expect(fires(FAST, SLO, { long: at, short: at })).toBe(false)
    expect(fires(FAST, SLO, { long: counts(0, 0), short: counts(0, 0) })).toBe(false)
  })

  it('is silent about one late change in a quiet hour; control: it is not about a few', () => {
    const few = (bad: number): boolean =>
      fires(FAST, SLO, { long: counts(bad, 20), short: counts(bad, 5) })
    expect(few(1)).toBe(false)
    expect(few(BAD_EVENTS_MIN - 1)).toBe(false)
    expect(few(BAD_EVENTS_MIN)).toBe(true)
  })
})

it('bounds of buckets grow, from 1 ms to the 15 min after which a change counts as never', () => {
  expect([...LATENCY_BUCKETS].toSorted((a, b) => a - b)).toEqual(LATENCY_BUCKETS)
  expect([LATENCY_BUCKETS.at(0), LATENCY_BUCKETS.at(-1)]).toEqual([0.001, 900])
})
