import { describe, expect, it } from 'vitest'
import { budgetDays } from './budget-days.ts'

const day = (n: number, good: number) => ({
  from: `2026-11-0${n}T00:00:00.000Z`,
  good,
  valid: 1_000,
})

describe('a budget by day', () => {
  it('is spent in the order of days, and ends where the objective stands', () => {
    const history = [day(2, 999), day(1, 998), day(3, 1_000)]
    const days = budgetDays({ allowed: 3, history })
    expect(days.map(({ day: name }) => name)).toEqual(['2026-11-01', '2026-11-02', '2026-11-03'])
    expect(days.map(({ left }) => Number(left.toFixed(3)))).toEqual([0.333, 0, 0])
  })

  it('that is spent is never below nothing', () => {
    const [only] = budgetDays({ allowed: 3, history: [day(1, 990)] })
    expect(only?.left).toBe(0)
  })

  it('of nothing is whole', () => {
    const [only] = budgetDays({ allowed: null, history: [{ ...day(1, 0), valid: 0 }] })
    expect(only?.left).toBe(1)
  })
})
