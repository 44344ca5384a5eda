import { describe, expect, it } from 'vitest'
import { latencyOf } from './source-status.ts'

describe('the latency of a source', () => {
  it('is unknown without an event', () => {
    expect(latencyOf([])).toEqual({ samples: 0, p50Ms: null, p99Ms: null, aheadOfClock: 0 })
  })

  it('is that of events, by nearest rank', () => {
    const latencies = Array.from({ length: 200 }, (_, n) => 200 - n)
    expect(latencyOf(latencies)).toMatchObject({ samples: 200, p50Ms: 100, p99Ms: 198 })
    expect(latencyOf([7])).toMatchObject({ p50Ms: 7, p99Ms: 7 })
  })

  it('is never below zero: a clock that is ahead is counted separately', () => {
    expect(latencyOf([-500, -1, 0, 10])).toEqual({
      samples: 4,
      p50Ms: 0,
      p99Ms: 10,
      aheadOfClock: 2,
    })
  })
})
