import { describe, expect, it } from 'vitest'
import { FOLLOW_LIMITS, PartitionFollower } from '../edge-view/partition-follower.ts'
import { RECORDS_PER_BATCH_MAX, RECORDS_PER_CHECKPOINT_MAX } from './limits.ts'
import { planAnew } from './publish-plan.ts'

/** The limit in edges of version 0.1.0, the oldest supported one. It rises when no supported edge has it. */
const OLDEST_EDGE_TAKES = 500

const records = (count: number): string[] => Array.from({ length: count }, (_, n) => `record-${n}`)
const digest = (hashes: readonly string[]): string => hashes.join('|')

/** Returns what an edge of the oldest supported version does with a batch of so many records. */
function outcomeOf(count: number): string {
  const follower = new PartitionFollower<string>({
    partition: 1,
    bounds: { earliest: 0n, end: 0n },
    leaseMs: 5_000,
    nowMonoMs: 0,
    digest,
    limits: { ...FOLLOW_LIMITS, ringMax: OLDEST_EDGE_TAKES },
  })
  const batch = records(count)
  for (const [at, record] of batch.entries())
    follower.handle({ kind: 'record', offset: BigInt(at), hash: record, record })
  return follower.handle({
    kind: 'checkpoint',
    offset: BigInt(count),
    hash: 'checkpoint',
    signature: 'valid',
    checkpoint: {
      e: 1n,
      partition: 1,
      generation: 1n,
      previous: null,
      count,
      recordsHash: digest(batch),
    },
    appendedAtMs: 10_000,
    nowMonoMs: 0,
  }).kind
}

describe('the largest batch of a publisher', () => {
  it('is applied by edges of the oldest supported version', () => {
    const batches = planAnew(records(2 * RECORDS_PER_BATCH_MAX + 1))
    const largest = Math.max(...batches.map(({ rows }) => rows.length))
    expect(largest).toBe(RECORDS_PER_BATCH_MAX)
    expect(outcomeOf(largest)).toBe('apply')
  })

  it('control: a batch above the limit of these edges is ignored', () => {
    expect(outcomeOf(OLDEST_EDGE_TAKES)).toBe('apply')
    expect(outcomeOf(OLDEST_EDGE_TAKES + 1)).toBe('ignored')
  })

  it('is within the limit of the wire, which edges of today have', () => {
    expect(FOLLOW_LIMITS.ringMax).toBe(RECORDS_PER_CHECKPOINT_MAX)
    expect(RECORDS_PER_CHECKPOINT_MAX).toBeGreaterThanOrEqual(OLDEST_EDGE_TAKES)
    expect(RECORDS_PER_BATCH_MAX).toBeLessThanOrEqual(RECORDS_PER_CHECKPOINT_MAX)
  })
})
