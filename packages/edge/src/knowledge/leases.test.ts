import { PARTITIONS, type ClaimMap, type PartitionView } from '@freshet/protocol'
import { MANY_SOURCES, MANY_TENANTS } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { CLOCK_TOLERANCE_MS, LEASES_MAX } from '../limits.ts'
import { holds, Leases, type LeaseGround } from './leases.ts'

const NOW_MS = 1_795_000_000_000

/** Every source has just sent a heartbeat in every partition. */
const ground: LeaseGround = {
  view: () =>
    ({
      live: true,
      source: () => ({ atMs: NOW_MS, receivedAtMonoMs: 0 }),
    }) as unknown as PartitionView,
  map: {
    leasesMs: new Map(MANY_SOURCES.map((source) => [source, 5_000])),
  } as unknown as ClaimMap,
}

/** Returns how many of the feeds of 4,000 tenants with four sources have a lease that holds, in every partition. */
function holding(max: number): number {
  const leases = new Leases(ground, CLOCK_TOLERANCE_MS, max)
  const all = PARTITIONS.flatMap((partition) =>
    MANY_TENANTS.flatMap((tenant) =>
      MANY_SOURCES.map((source) => leases.of(tenant, source, partition)),
    ),
  )
  return all.filter((lease) => holds(lease, NOW_MS, 0)).length
}

describe('the leases of 4,000 tenants with four sources', () => {
  const feeds = PARTITIONS.length * MANY_TENANTS.length * MANY_SOURCES.length

  it('are all watched, in every partition', () => {
    expect(holding(LEASES_MAX)).toBe(feeds)
  })

  it('beyond the limit never hold (control)', () => {
    expect(holding(feeds - 1)).toBe(feeds - 1)
  })
})
