import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedErrors, budgetOf, burnRate } from './budget.ts'

const target = fc.constantFrom(0.9, 0.99, 0.995, 0.999, 0.9999)
const measured = fc
  .tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }))
  .map(([bad, valid]) => ({ good: valid - Math.min(bad, valid), valid }))

describe('a budget', () => {
  it('is half spent where half of what may be bad was bad', () => {
    const budget = budgetOf({ target: 0.999 }, { good: 9_995, valid: 10_000 })
    expect(budget?.objective).toBe(0.999)
    expect(budget?.errorRatio).toBeCloseTo(0.0005, 12)
    expect(budget?.spent).toBeCloseTo(0.5, 9)
    expect(budget?.remaining).toBeCloseTo(0.5, 9)
  })

  it('goes below zero where more was bad than it allowed', () => {
    expect(budgetOf({ target: 0.99 }, { good: 97, valid: 100 })?.remaining).toBeCloseTo(-2, 9)
  })

  it('is not known where nothing was measured', () => {
    expect(budgetOf({ target: 0.999 }, { good: 0, valid: 0 })).toBeNull()
  })

  it('is whole where nothing was bad, and is never more than whole', () => {
    fc.assert(
      fc.property(target, measured, (objective, counts) => {
        const { spent, remaining } = budgetOf({ target: objective }, counts) ?? {}
        expect(remaining).toBeLessThanOrEqual(1)
        expect((spent ?? 0) + (remaining ?? 0)).toBeCloseTo(1, 6)
        expect(counts.good === counts.valid).toBe(remaining === 1)
      }),
    )
  })

  it('shrinks with each more that was bad', () => {
    fc.assert(
      fc.property(target, measured, (objective, counts) => {
        fc.pre(counts.good > 0)
        const slo = { target: objective }
        const worse = budgetOf(slo, { ...counts, good: counts.good - 1 })
        const before = budgetOf(slo, counts)
        expect(worse?.remaining).toBeLessThan(before?.remaining ?? Number.NaN)
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
