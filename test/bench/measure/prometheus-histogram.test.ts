import { describe, expect, it } from 'vitest'
import { bucketsOf, quantileOf, sampleOf } from './prometheus-histogram.ts'

const text = (counts: readonly number[], status = 200): string =>
  [0.01, 0.1, '+Inf']
    .map((le, at) => `took_seconds_bucket{le="${le}",route="/a",status="${status}"} ${counts[at]}`)
    .join('\n')

describe('a histogram of Prometheus', () => {
  const read = (page: string) => bucketsOf(page, 'took_seconds', { route: '/a', status: '200' })

  it('is read from the series that has the labels, and from no other', () => {
    const page = `# HELP took_seconds\n${text([7, 8, 9], 503)}\n${text([1, 2, 3])}\nother 4\n`
    expect([...read(page)]).toEqual([
      [0.01, 1],
      [0.1, 2],
      [Infinity, 3],
    ])
  })

  it('gives a percentile of the observations between two readings', () => {
    const before = read(text([100, 100, 100]))
    const after = read(text([190, 199, 200]))
    expect(quantileOf(0.45, before, after)).toBeCloseTo(0.005)
    expect(quantileOf(0.9, before, after)).toBeCloseTo(0.01)
    expect(quantileOf(0.945, before, after)).toBeCloseTo(0.055)
    expect(quantileOf(0.99, before, after)).toBeCloseTo(0.1)
    expect(quantileOf(1, before, after)).toBe(0.1)
    expect(() => quantileOf(0.5, after, after)).toThrow(/Nothing/)
  })

  it('stands beside samples, which are read by their whole name', () => {
    const page = 'cpu_seconds_total_x 1\ncpu_seconds_total 2.5\nasked{how="a"} 7'
    expect(sampleOf(page, 'cpu_seconds_total')).toBe(2.5)
    expect(sampleOf(page, 'asked{how="a"}')).toBe(7)
    expect(sampleOf(page, 'asked')).toBe(0)
  })
})
