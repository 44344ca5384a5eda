import { describe, expect, it } from 'vitest'
import type { CheckpointRef, Heartbeat } from '../checkpoint/checkpoint.ts'
import type { FollowOutcome } from './follow-event.ts'
import { FOLLOW_LIMITS, PartitionFollower } from './partition-follower.ts'

const LEASE_MS = 5_000
const BASE = { hash: '0', offset: 0n }

function heartbeat(atMs: number, base: string): Heartbeat {
  return {
    through: new Map([['acme', new Map([['hr', { atMs, state: 'complete' }]])]]),
    minimumPv: 0,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset: 7n, lastRecordHash: null },
    base: { hash: base, offset: 0n },
  }
}

/** A partition of empty checkpoints, each named by its number, of which a follower remembers a thousand. */
function follow(end: number, start?: CheckpointRef) {
  const follower = new PartitionFollower<string>({
    partition: 1,
    bounds: { earliest: 0n, end: BigInt(end) },
    start,
    leaseMs: LEASE_MS,
    nowMonoMs: 0,
    digest: (hashes) => hashes.join('|'),
    limits: { ...FOLLOW_LIMITS, checkpointsMax: 1_000 },
  })
  const read = (n: number, sentHeartbeat?: Heartbeat): FollowOutcome<string> =>
    follower.handle({
      kind: 'checkpoint',
      offset: BigInt(n),
      hash: String(n),
      signature: 'valid',
      checkpoint: {
        e: 1n,
        partition: 1,
        generation: 1n,
        previous: String(n - 1),
        count: 0,
        recordsHash: '',
        ...(sentHeartbeat === undefined ? {} : { heartbeat: sentHeartbeat }),
      },
      appendedAtMs: 10_000,
      nowMonoMs: 0,
    })
  /** All from 1 on; the last one is a heartbeat that names the base. */
  const readUpTo = (last: number): void => {
    for (let n = 1; n < last; n += 1) read(n)
    read(last, heartbeat(1_000, BASE.hash))
  }
  const throughOfHr = (): number | null | undefined => follower.source('acme', 'hr')?.atMs
  return { follower, read, readUpTo, throughMs: throughOfHr }
}

describe('rules 17, 31, 47: a follower that begins behind a base', () => {
  it('is live behind 432,000 checkpoints, a day of five a second, by the next heartbeat', () => {
    const { follower, read, readUpTo, throughMs } = follow(432_001, BASE)
    readUpTo(432_000)
    expect([throughMs(), follower.live]).toEqual([1_000, false])
    expect(read(432_001, heartbeat(2_000, '431000'))).toMatchObject({ path: 'extended' })
    expect(follower.live).toBe(true)
  })

  it('control: begun at the earliest offset, it remembers too little of a long path', () => {
    const { follower, read, readUpTo, throughMs } = follow(2_001)
    readUpTo(2_000)
    expect(read(2_001, heartbeat(2_000, BASE.hash))).toMatchObject({ path: 'missing' })
    expect([throughMs(), follower.live]).toEqual([undefined, false])
  })

  it('believes no heartbeat on the way that names another base', () => {
    const { read, throughMs } = follow(0, BASE)
    expect(read(1, heartbeat(1_000, 'older'))).toMatchObject({ path: 'missing' })
    expect(throughMs()).toBeUndefined()
  })

  it('reads a long path again from the base that a heartbeat without a path names', () => {
    const { follower, readUpTo, throughMs } = follow(2_000)
    readUpTo(2_000)
    follower.handle({ kind: 'end-reached', nextOffset: 2_001n })
    const due = follower.handle({ kind: 'tick', nowMonoMs: LEASE_MS + 1 })
    expect([due, throughMs()]).toEqual([{ kind: 'resync', from: 0n }, undefined])
    readUpTo(2_000)
    expect([throughMs(), follower.live]).toEqual([1_000, true])
  })
})
