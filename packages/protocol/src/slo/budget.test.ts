import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedErrors, budgetOf, burnRate } from './budget.ts'

const target = fc.constantFrom(0.9, 0.99, 0.995, 0.999, 0.9999)
const measured = fc
  .tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }))
  .map(([bad, valid]) => ({ good: valid - Math.min(bad, valid), valid }))

const share = fc.double({ min: 0.0001, max: 1, noNaN: true })

describe('a budget', () => {
  it('is half spent where half of what may be bad was bad', () => {
    const budget = budgetOf({ target: 0.999 }, { good: 9_995, valid: 10_000 }, 1)
    expect(budget?.allowed).toBeCloseTo(10, 9)
    expect(budget?.remaining).toBeCloseTo(0.5, 9)
  })

  it('goes below zero where more was bad than it allowed', () => {
    expect(budgetOf({ target: 0.99 }, { good: 970, valid: 1_000 }, 1)?.remaining).toBeCloseTo(-2, 9)
  })

  it('is that of the whole window, by the events of the part that was measured', () => {
    const counts = { good: 975, valid: 1_000 }
    expect(budgetOf({ target: 0.999 }, counts, 1 / 100)).toEqual({ allowed: 100, remaining: 0.75 })
    // Control: as a whole window, the same events spend it many times over.
    expect(budgetOf({ target: 0.999 }, counts, 1)?.remaining).toBeLessThan(-7)
  })

  it('is not spent by fewer bad events than an alert needs', () => {
    expect(budgetOf({ target: 0.999 }, { good: 1, valid: 3 }, 1)?.remaining).toBeGreaterThan(0)
    expect(budgetOf({ target: 0.999 }, { good: 0, valid: 3 }, 1)?.remaining).toBe(0)
  })

  it('is not known where nothing was measured', () => {
    expect(budgetOf({ target: 0.999 }, { good: 0, valid: 0 }, 1)).toBeNull()
  })

  it('is whole where nothing was bad, and is never more than whole', () => {
    fc.assert(
      fc.property(target, measured, share, (objective, counts, measuredShare) => {
        const { remaining } = budgetOf({ target: objective }, counts, measuredShare) ?? {}
        expect(remaining).toBeLessThanOrEqual(1)
        expect(counts.good === counts.valid).toBe(remaining === 1)
      }),
    )
  })

  it('shrinks with each more that was bad', () => {
    fc.assert(
      fc.property(target, measured, share, (objective, counts, measuredShare) => {
        fc.pre(counts.good > 0)
        const remainingOf = (good: number): number | undefined =>
          budgetOf({ target: objective }, { ...counts, good }, measuredShare)?.remaining
        expect(remainingOf(counts.good - 1)).toBeLessThan(remainingOf(counts.good) ?? Number.NaN)
      }),
    )
  })

  it('allows less, the more of the window was measured without more events', () => {
    fc.assert(
      fc.property(target, measured, share, (objective, counts, measuredShare) => {
        const allowedAt = (each: number): number =>
          budgetOf({ target: objective }, counts, each)?.allowed ?? Number.NaN
        expect(allowedAt(1)).toBeLessThanOrEqual(allowedAt(measuredShare))
      }),
    )
  })
})

describe('a burn rate', () => {
  it('is 1 where exactly as much is bad as the objective allows', () => {
    expect(burnRate(0.001, 0.999)).toBe(1)
    expect(burnRate(0, 0.999)).toBe(0)
    expect(burnRate(1, 0.99)).toBe(100)
  })

  it('divides by what is allowed, without the dust of binary fractions', () => {
    expect(allowedErrors(0.9999)).toBe(0.0001)
    expect(allowedErrors(0.995)).toBe(0.005)
  })
})
