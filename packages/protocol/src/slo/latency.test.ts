import { describe, expect, it } from 'vitest'
import { LATENCY_BOUNDS_MS, latencyBucket, NEVER_MS } from './latency.ts'

describe('a bucket', () => {
  it('holds what is at most its bound, and one more holds what is beyond all', () => {
    expect([0, 1, 2, 3, 5, 6].map(latencyBucket)).toEqual([0, 0, 1, 2, 2, 3])
    expect(latencyBucket(2_000)).toBe(LATENCY_BOUNDS_MS.indexOf(2_000))
    expect(latencyBucket(2_001)).toBe(LATENCY_BOUNDS_MS.indexOf(2_000) + 1)
    expect(latencyBucket(NEVER_MS)).toBe(LATENCY_BOUNDS_MS.length)
  })
})
