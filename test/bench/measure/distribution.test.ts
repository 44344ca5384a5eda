import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median, medianOf, type Distribution } from './distribution.ts'
import { Latencies } from './latencies.ts'

/**
 * The numbers exclude -0, which is neither above nor below 0, so the order of the two in a sorted list means
 * nothing.
 */
const numbers = fc.double({ noNaN: true }).map((number) => number + 0)

describe('median', () => {
  it('is the middle one, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([1, 9, 5, 6])).toBe(5.5)
    expect(() => median([])).toThrow(RangeError)
  })

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1 }), (values) => {
        expect(median(values.toReversed())).toBe(median(values))
      }),
    )
  })
})

describe('medianOf', () => {
  it('takes the median of each percentile, the largest maximum and the whole count', () => {
    const run = (p50: number, max: number): Distribution => ({ p50, p99: 2, p999: 3, max, n: 10 })
    expect(medianOf([run(1, 4), run(9, 5), run(2, 90)])).toEqual({
      p50: 2,
      p99: 2,
      p999: 3,
      max: 90,
      n: 30,
    })
  })
})

describe('Latencies', () => {
  it('gives percentiles to three digits', () => {
    const latencies = new Latencies()
    for (let n = 1; n <= 10_000; n += 1) latencies.record(n * 1_000)
    const { p50, p99, p999, max, n } = latencies.distribution('µs')
    for (const [measured, exact] of [
      [p50, 5_000],
      [p99, 9_900],
      [p999, 9_990],
      [max, 10_000],
    ] as const)
      expect(Math.abs(measured - exact) / exact).toBeLessThan(0.001)
    expect(n).toBe(10_000)
  })

  it('divides what stands for several operations', () => {
    const latencies = new Latencies(100)
    latencies.record(50_000)
    expect(latencies.distribution('µs').p50).toBeCloseTo(0.5, 2)
  })

  it('refuses an empty distribution', () => {
    expect(() => new Latencies().distribution('ms')).toThrow(RangeError)
  })
})
