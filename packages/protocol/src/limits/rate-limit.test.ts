import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullAllowance, grant, type Allowance } from './request-limits.ts'

const limit = { perSecond: 100, burst: 200 }

/** Asks in order and returns the granted numbers. */
function ask(requests: readonly (readonly [atMs: number, wanted: number])[]): readonly number[] {
  let allowance: Allowance = fullAllowance(limit, 0)
  return requests.map(([atMs, wanted]) => {
    const answer = grant(limit, allowance, wanted, atMs)
    allowance = answer.allowance
    return answer.granted
  })
}

describe('a rate limit', () => {
  it('grants a burst at once, and then what time brings', () => {
    expect(ask([[0, 200], [0, 1], [10, 1], [10, 1], [1_010, 500]])).toEqual([200, 0, 1, 0, 100]) // prettier-ignore
  })

  it('grants the first of many, so that a batch can be cut', () => {
    expect(ask([[0, 500]])).toEqual([200])
  })

  it('never holds more than a burst, after any time without a request', () => {
    expect(ask([[0, 200], [86_400_000, 1_000]])).toEqual([200, 200]) // prettier-ignore
  })

  it('states when the rest is there, or as much of it as one burst holds', () => {
    const empty = { left: 0, atMs: 0 }
    expect(grant(limit, empty, 50, 0)).toMatchObject({ granted: 0, retryAfterMs: 500 })
    expect(grant(limit, empty, 5_000, 0)).toMatchObject({ granted: 0, retryAfterMs: 2_000 })
    expect(grant(limit, empty, 50, 500)).toMatchObject({ granted: 50, retryAfterMs: 0 })
  })

  it('gives nothing for a clock that goes back', () => {
    expect(ask([[1_000, 200], [0, 1], [1_000, 1]])).toEqual([200, 0, 0]) // prettier-ignore
  })

  it('never grants more than burst + rate × time, whatever is asked when', () => {
    const asks = fc.array(fc.tuple(fc.nat(5_000), fc.nat(1_000)), { maxLength: 50 })
    fc.assert(
      fc.property(asks, (list) => {
        const inOrder = list.toSorted(([a], [b]) => a - b)
        const granted = ask(inOrder).reduce((sum, n) => sum + n, 0)
        const lastMs = inOrder.at(-1)?.[0] ?? 0
        expect(granted).toBeLessThanOrEqual(limit.burst + (lastMs * limit.perSecond) / 1_000)
      }),
    )
  })

  it('gives a caller that waits as asked the promised share', () => {
    fc.assert(
      fc.property(fc.nat(199), fc.integer({ min: 1, max: 200 }), (taken, wanted) => {
        const before = grant(limit, fullAllowance(limit, 0), taken, 0).allowance
        const first = grant(limit, before, wanted, 0)
        const rest = grant(limit, first.allowance, wanted - first.granted, first.retryAfterMs)
        expect(first.granted + rest.granted).toBe(wanted)
      }),
    )
  })
})
