import { describe, expect, it } from 'vitest'
import {
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  latencyBucket,
  NEVER_MS,
  stageTimes,
  type ChangeTimes,
} from './latency.ts'

const times = (more: Partial<ChangeTimes> = {}): ChangeTimes => ({
  occurredAtMs: 1_000,
  appendedAtMs: 1_018,
  receivedAtMs: 1_024,
  appliedAtMs: 1_031,
  publishedAtMs: 1_038,
  completeMs: 52,
  edges: 2,
  ...more,
})
const stages = (more: Partial<ChangeTimes>): readonly string[] =>
  stageTimes(times(more)).map(([stage]) => stage)

describe('the time that a change took', () => {
  it('is that of its stages, one after the other; from the append on they add up', () => {
    expect(stageTimes(times())).toEqual([
      ['source', 18],
      ['ingest', 6],
      ['reconcile', 7],
      ['publish', 7],
      ['edge_apply', 32],
      ['complete', 52],
    ])
    expect(stageTimes(times()).map(([stage]) => stage)).toEqual(LATENCY_STAGES)
  })

  it('is never below zero where two clocks differ', () => {
    const skewed = { occurredAtMs: 2_000, receivedAtMs: 1_000, publishedAtMs: 1_010 }
    for (const [, ms] of stageTimes(times(skewed))) expect(ms).toBeGreaterThanOrEqual(0)
  })

  it('says nothing of edges where none counts, and beyond every bound where it was never complete', () => {
    expect(stages({ edges: 0, completeMs: 20 })).toEqual([
      'source',
      'ingest',
      'reconcile',
      'publish',
    ])
    expect(stageTimes(times({ completeMs: null })).slice(-2)).toEqual([
      ['edge_apply', NEVER_MS],
      ['complete', NEVER_MS],
    ])
    const unpublished = { publishedAtMs: null, completeMs: null, edges: 0 }
    expect(stages(unpublished)).toEqual(['source', 'ingest', 'reconcile', 'complete'])
  })
})

describe('a bucket', () => {
  it('holds what is at most its bound, and one more holds what is beyond all', () => {
    expect([0, 1, 2, 3, 5, 6].map(latencyBucket)).toEqual([0, 0, 1, 2, 2, 3])
    expect(latencyBucket(2_000)).toBe(LATENCY_BOUNDS_MS.indexOf(2_000))
    expect(latencyBucket(2_001)).toBe(LATENCY_BOUNDS_MS.indexOf(2_000) + 1)
    expect(latencyBucket(NEVER_MS)).toBe(LATENCY_BOUNDS_MS.length)
  })
})
