import { expect, it } from 'vitest'
import { weakened } from '@freshet/testkit/weakened'
import type { Checkpoint, Heartbeat } from '../checkpoint/checkpoint.ts'
import { PartitionFollower } from './partition-follower.ts'

const LEASE_MS = 5_000

/** A follower of a topic with two checkpoints, whose sources sent nothing since time 100. */
function follow(Follower = PartitionFollower) {
  const follower = new Follower<string>({
    partition: 1,
    bounds: { earliest: 0n, end: 2n },
    leaseMs: LEASE_MS,
    nowMonoMs: 0,
    digest: (hashes) => hashes.join('|'),
  })
  const at = { offset: 0n, nowMonoMs: 0 }
  const show = (hash: string, previous: string | null, change: Partial<Checkpoint> = {}): void => {
    const signed = { e: 1n, partition: 1, generation: 1n, previous, count: 0, recordsHash: '' }
    follower.handle({
      kind: 'checkpoint',
      offset: at.offset++,
      hash,
      signature: 'valid',
      checkpoint: { ...signed, heartbeat: heartbeat(), ...change },
      appendedAtMs: 10_000,
      nowMonoMs: at.nowMonoMs,
    })
  }
  show('a', 'base')
  show('b', 'a')
  follower.handle({ kind: 'end-reached', nextOffset: at.offset })
  return { follower, at, show }
}

function heartbeat(atMs = 100, next = 7n): Heartbeat {
  return {
    through: new Map([['acme', new Map([['hr', { atMs, state: 'complete' }]])]]),
    minimumPv: 0,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset: next, lastRecordHash: null },
    base: { hash: 'base', offset: 0n },
  }
}

it('rule 17: a heartbeat beyond the end has caught a follower up, though no source has news', () => {
  const { follower, show } = follow()
  expect([follower.caughtUp, follower.live]).toEqual([false, false])
  show('c', 'b')
  expect([follower.caughtUp, follower.live]).toEqual([true, false])
})

it('rule 17, control: by news of a source alone it is never caught up in silence', async () => {
  const weak = await weakened('caught up by news alone')
  const { follower, show } = follow(weak.PartitionFollower)
  for (const [hash, previous] of [
    ['c', 'b'],
    ['d', 'c'],
  ] as const)
    show(hash, previous)
  expect(follower.caughtUp).toBe(false)
  show('e', 'd', { heartbeat: heartbeat(200) })
  expect(follower.caughtUp).toBe(true)
})

it('rule 38: such a heartbeat renews no lease', () => {
  const { follower, at, show } = follow()
  at.nowMonoMs = 4_000
  show('c', 'b')
  expect(follower.source('acme', 'hr')).toMatchObject({ atMs: 100, receivedAtMonoMs: 0 })
})

const signs: readonly (readonly [string, string, string, Partial<Checkpoint>])[] = [
  ['the last heartbeat again', 'b', 'a', {}],
  ['an earlier heartbeat again', 'a', 'base', {}],
  ['a heartbeat that continues nothing that is trusted', 'x', 'unknown', {}],
  ['a heartbeat of an older incarnation', 'x', 'b', { e: 0n }],
  ['a heartbeat that stands before the latest', 'x', 'b', { heartbeat: heartbeat(100, 6n) }],
  ['records without their checkpoint', 'x', 'b', { count: 1, recordsHash: 'y' }],
]

it.each(signs)('%s does not catch it up', (_, hash, previous, change) => {
  const { follower, show } = follow()
  show(hash, previous, change)
  expect(follower.caughtUp).toBe(false)
})

it('rule 17, control: by any authentic heartbeat a replay would catch it up', async () => {
  const weak = await weakened('caught up by any heartbeat')
  const { follower, show } = follow(weak.PartitionFollower)
  show('a', 'base')
  expect(follower.caughtUp).toBe(true)
})

it('news of a source catches it up and makes it live', () => {
  const { follower, show } = follow()
  show('c', 'b', { heartbeat: heartbeat(200) })
  expect([follower.caughtUp, follower.live]).toEqual([true, true])
})

it('what was seen before the end is no sign, and a revoked key takes the sign away', () => {
  const { follower, show } = follow()
  show('c', 'b')
  follower.handle({ kind: 'key-revoked' })
  expect(follower.caughtUp).toBe(false)
})
