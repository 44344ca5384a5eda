import { describe, expect, it } from 'vitest'
import { PartitionFollower } from '../edge-view/partition-follower.ts'
import type { PublishedPolicy } from '../claims/loaded-policy.ts'
import { throughTable } from './through-table.ts'

const policyOf = (...tenants: readonly string[]): PublishedPolicy => ({
  map: {
    version: 1,
    account: 'hr',
    cutOffs: [],
    leasesMs: new Map([['hr', 5_000]]),
    claims: new Map(),
  },
  tenants: new Set(tenants),
})

const feed = { tenant: 'gone', source: 'hr', throughMs: 9_000, state: 'complete' } as const

/** The `through` of the feed at an edge that trusts a heartbeat with this table. */
function believed(policy: PublishedPolicy | null): number | null | undefined {
  const nowMonoMs = 0
  const follower = new PartitionFollower<string>({
    partition: 1,
    bounds: { earliest: 0n, end: 0n },
    leaseMs: 5_000,
    nowMonoMs,
    digest: (hashes) => hashes.join(),
  })
  const heartbeat = {
    through: throughTable([feed], policy),
    minimumPv: 1,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset: 0n, lastRecordHash: null },
    base: { hash: 'base', offset: 0n },
  }
  const root = { e: 1n, partition: 1, generation: 1n, previous: null, count: 0, recordsHash: '' }
  const signed = { kind: 'checkpoint', signature: 'valid', appendedAtMs: 9_000, nowMonoMs } as const
  follower.handle({ ...signed, offset: 0n, hash: 'base', checkpoint: root })
  const checkpoint = { ...root, previous: 'base', heartbeat }
  follower.handle({ ...signed, offset: 1n, hash: 'next', checkpoint })
  return follower.source('gone', 'hr')?.atMs
}

describe('the feeds of a heartbeat', () => {
  it('are those of the tenants and sources of the policy in force', () => {
    expect(believed(policyOf('acme'))).toBeUndefined()
    expect(believed(null)).toBeUndefined()
  })

  it('control: an edge goes on to believe a tenant that the policy in force lacks but the table has', () => {
    expect(believed(policyOf('acme', 'gone'))).toBe(9_000)
  })
})
