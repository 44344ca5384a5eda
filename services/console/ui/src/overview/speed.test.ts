import { describe, expect, it } from 'vitest'
import { promiseInWords, speedInWords, trendOf } from './speed.ts'

describe('the speed of revocations', () => {
  it.each([
    [
      { changes: 0, p50Ms: null, p99Ms: null, maxMs: null },
      'No revocation was measured in the last hour',
    ],
    [
      { changes: 20, p50Ms: 110, p99Ms: 5_200, maxMs: 6_000 },
      '20 revocations reached every edge: p50 110 ms · p99 5.2 s',
    ],
    [
      { changes: 20, p50Ms: 110, p99Ms: null, maxMs: null },
      '20 revocations reached every edge: p50 110 ms · p99 not complete',
    ],
    [
      { changes: 19, p50Ms: 110, p99Ms: 5_200, maxMs: 5_200 },
      '19 revocations reached every edge: p50 110 ms · max 5.2 s',
    ],
    [
      { changes: 1, p50Ms: 115, p99Ms: 115, maxMs: 115 },
      'One revocation reached every edge in 115 ms',
    ],
    [
      { changes: 9, p50Ms: null, p99Ms: null, maxMs: null },
      'Most revocations of the last hour did not reach every edge',
    ],
  ])('of %o is a sentence', (stage, text) => {
    expect(speedInWords(stage)).toBe(text)
  })

  it('stands beside the promise: lease and tolerance', () => {
    const source = (leaseMs: number) => ({ leaseMs }) as never
    expect(promiseInWords({ sources: [] })).toBeUndefined()
    expect(promiseInWords({ sources: [source(5_000)] })).toBe('promise 7.0 s')
    expect(promiseInWords({ sources: [source(5_000), source(30_000)] })).toBe(
      'promise 7.0 s to 32 s, by source',
    )
  })

  it('has a trend with a gap for each span without a change', () => {
    const latency = {
      from: '2026-11-24T10:00:00.000Z',
      stepMs: 60_000,
      steps: 3,
      boundsMs: [100, 1_000],
    }
    const spans = [
      { from: '2026-11-24T10:00:00.000Z', counts: [3, 1, 0] },
      { from: '2026-11-24T10:02:00.000Z', counts: [0, 0, 1] },
    ]
    expect(trendOf(latency, { spans })).toEqual([100, undefined, null])
  })
})
