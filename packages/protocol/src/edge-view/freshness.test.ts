import { describe, expect, it } from 'vitest'
import { isFresh, trustIn, type FreshnessInput } from './freshness.ts'
import type { PartitionView, SourceView } from './partition-view.ts'

const inTime: FreshnessInput = {
  throughMs: 96_000,
  receiptAgeMs: 4_000,
  wallMs: 100_000,
  leaseMs: 5_000,
  toleranceMs: 2_000,
}

describe('rule 16: a source is fresh within its lease by both clocks', () => {
  it('accepts the last moment of the lease and refuses the next', () => {
    expect(isFresh({ ...inTime, throughMs: 95_000 })).toBe(true)
    expect(isFresh({ ...inTime, throughMs: 94_999 })).toBe(false)
  })

  it('does not add the tolerance to the lease; control: added, an old time passes', () => {
    const old = { ...inTime, throughMs: 94_000 }
    expect(isFresh(old)).toBe(false)
    expect(isFresh({ ...old, leaseMs: old.leaseMs + old.toleranceMs })).toBe(true)
  })

  it('refuses a clock that is far ahead; control: without an upper bound it passes', () => {
    const ahead = { ...inTime, throughMs: 160_000 }
    expect(isFresh(ahead)).toBe(false)
    expect(isFresh({ ...ahead, toleranceMs: Number.POSITIVE_INFINITY })).toBe(true)
  })

  it('refuses a source that is ahead by more than the tolerance', () => {
    expect(isFresh({ ...inTime, throughMs: 102_000 })).toBe(true)
    expect(isFresh({ ...inTime, throughMs: 102_001 })).toBe(false)
  })

  it('refuses when the wall clock stands still but the monotonic clock went on', () => {
    expect(isFresh({ ...inTime, receiptAgeMs: 5_000 })).toBe(true)
    expect(isFresh({ ...inTime, receiptAgeMs: 5_001 })).toBe(false)
    expect(isFresh({ ...inTime, receiptAgeMs: -1 })).toBe(false)
  })

  it('refuses a source without a heartbeat in this incarnation', () => {
    expect(isFresh({ ...inTime, throughMs: null })).toBe(false)
  })
})

describe('trustIn', () => {
  const sourceView: SourceView = { atMs: 96_000, state: 'complete', receivedAtMonoMs: 1_000 }
  const view = (live: boolean, hr?: SourceView): PartitionView => ({
    partition: 1,
    e: 1n,
    live,
    lastHeartbeatMs: 0,
    minimumPv: 0,
    mapVersion: 0,
    mapHash: null,
    nextOffset: 0n,
    source: (tenant, source) => (tenant === 'acme' && source === 'hr' ? hr : undefined),
    tenants: () => ['acme'],
  })
  const terms = { wallMs: 100_000, monoMs: 5_000, leaseMs: 5_000, toleranceMs: 2_000 }
  const feed = { tenant: 'acme', source: 'hr' }

  it('trusts a source with a lease at a live edge, and only in its own tenant', () => {
    expect(trustIn(view(true, sourceView), feed, terms)).toEqual({ fresh: true })
    expect(trustIn(view(true, sourceView), { ...feed, tenant: 'other' }, terms)).toEqual({
      fresh: false,
    })
  })

  it('reports since when a silent source is silent', () => {
    const late = { ...terms, wallMs: 120_000 }
    expect(trustIn(view(true, sourceView), feed, late)).toEqual({ fresh: false, sinceMs: 96_000 })
  })

  it('rule 17: an edge that is not live trusts no source', () => {
    expect(trustIn(view(false, sourceView), feed, terms)).toEqual({ fresh: false, sinceMs: 96_000 })
  })
})
