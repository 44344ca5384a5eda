import { weakened } from '@freshet/testkit/weakened'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Checkpoint, Heartbeat } from '../checkpoint/checkpoint.ts'
import type { FollowEvent, FollowOutcome } from './follow-event.ts'
import { FOLLOW_LIMITS, type FollowLimits, PartitionFollower } from './partition-follower.ts'

const digest = (hashes: readonly string[]): string => hashes.join('|')
const LEASE_MS = 5_000

interface Followed {
  readonly Follower?: typeof PartitionFollower
  readonly limits?: FollowLimits
  readonly end?: bigint
}

/** A log that is followed: offsets grow by themselves, the clock is set by hand. */
function follow({ Follower = PartitionFollower, limits = FOLLOW_LIMITS, end = 0n }: Followed = {}) {
  const follower = new Follower<string>({
    partition: 1,
    bounds: { earliest: 0n, end },
    leaseMs: LEASE_MS,
    nowMonoMs: 0,
    digest,
    limits,
  })
  const at = { offset: 0n, nowMonoMs: 0 }
  const handle = (event: FollowEvent<string>): FollowOutcome<string> => follower.handle(event)
  const batch = (
    hash: string,
    records: readonly string[],
    change: Partial<Checkpoint>,
    signature: 'valid' | 'invalid' | 'unknown-key' = 'valid',
  ): FollowOutcome<string> => {
    for (const record of records)
      handle({ kind: 'record', offset: at.offset++, hash: `#${record}`, record })
    const checkpoint: Checkpoint = {
      e: 1n,
      partition: 1,
      generation: 1n,
      previous: null,
      count: records.length,
      recordsHash: digest(records.map((record) => `#${record}`)),
      ...change,
    }
    const read = { offset: at.offset++, hash, signature, checkpoint }
    return handle({ kind: 'checkpoint', ...read, appendedAtMs: 100_000, nowMonoMs: at.nowMonoMs })
  }
  return { follower, at, handle, batch }
}

function heartbeat(atMs: number | null, base = 'base', offset = 0n): Heartbeat {
  return {
    through: new Map([['acme', new Map([['hr', { atMs, state: 'complete' }]])]]),
    minimumPv: 0,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset: 7n, lastRecordHash: null },
    base: { hash: base, offset },
  }
}

const hr = (follower: PartitionFollower<string>): number | null | undefined =>
  follower.source('acme', 'hr')?.atMs

describe('which records apply (rules 10 and 45)', () => {
  it('returns the records of a batch when its checkpoint is read, and not before', () => {
    const { batch, handle } = follow()
    const read = handle({ kind: 'record', offset: 0n, hash: '#x', record: 'x' })
    expect(read).toEqual({ kind: 'ignored', reason: 'buffered' })
    expect(batch('a', ['y'], { count: 2, recordsHash: '#x|#y' })).toEqual({
      kind: 'apply',
      records: ['x', 'y'],
      path: 'none-needed',
    })
  })

  it.each([
    ['a bad signature', {}, 'invalid', 'bad-signature'],
    ['an unknown key', {}, 'unknown-key', 'unknown-key'],
    ['another partition', { partition: 2 }, 'valid', 'other-partition'],
    ['other records', { recordsHash: '#other' }, 'valid', 'records-mismatch'],
    ['more records than were read', { count: 9 }, 'valid', 'records-mismatch'],
  ] as const)('applies nothing under %s', (_, change, signature, reason) => {
    const { batch } = follow()
    expect(batch('a', ['x'], change, signature)).toEqual({ kind: 'ignored', reason })
  })

  it('control: with the hash unchecked a forged record would apply', async () => {
    const { PartitionFollower: Follower } = await weakened('hash unchecked')
    const { batch } = follow({ Follower })
    expect(batch('a', ['forged'], { recordsHash: '#signed' }).kind).toBe('apply')
  })

  it('rule 10: applies an older generation; control: the weaker rule ignores it', async () => {
    const weak = await weakened('older generations ignored')
    for (const [Follower, kind] of [
      [PartitionFollower, 'apply'],
      [weak.PartitionFollower, 'ignored'],
    ] as const) {
      const { batch } = follow({ Follower })
      batch('a', [], { generation: 5n })
      expect(batch('b', ['late'], { generation: 4n }).kind).toBe(kind)
    }
  })

  it('a forged record before a batch takes nothing from it', () => {
    const { batch, handle } = follow()
    handle({ kind: 'record', offset: 0n, hash: '#forged', record: 'forged' })
    expect(batch('a', ['x'], {})).toMatchObject({ kind: 'apply', records: ['x'] })
  })

  it('E9: the ring never covers more than its bound', () => {
    const { batch } = follow({ limits: { ...FOLLOW_LIMITS, ringMax: 3 } })
    expect(batch('a', ['1', '2', '3'], {}).kind).toBe('apply')
    expect(batch('b', ['1', '2', '3', '4'], {}).kind).toBe('ignored')
  })
})

describe('what a heartbeat is worth (rules 19, 31, 38, 46)', () => {
  it('counts when its path reaches the base it names', () => {
    const { batch, follower } = follow()
    batch('a', ['x'], { previous: 'base' })
    expect(batch('b', [], { previous: 'a', heartbeat: heartbeat(100) })).toMatchObject({
      path: 'extended',
    })
    expect([hr(follower), follower.nextOffset, follower.mapHash]).toEqual([100, 7n, 'map'])
  })

  it('rule 31: changes nothing without a path; control: the first checkpoint as anchor believes', async () => {
    const weak = await weakened('first checkpoint as anchor')
    for (const [Follower, expected] of [
      [PartitionFollower, undefined],
      [weak.PartitionFollower, 100],
    ] as const) {
      const { batch, follower } = follow({ Follower })
      batch('a', ['x'], { previous: 'hidden' })
      batch('b', [], { previous: 'a', heartbeat: heartbeat(100, 'base') })
      expect(hr(follower)).toBe(expected)
    }
  })

  it('rule 46: a sibling of the stored head does not stop the line; control: one line does', async () => {
    const weak = await weakened('one line')
    for (const [Follower, expected] of [
      [PartitionFollower, 300],
      [weak.PartitionFollower, 200],
    ] as const) {
      const { batch, follower } = follow({ Follower })
      batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
      batch('zombie', [], { previous: 'a', heartbeat: heartbeat(200) })
      batch('b', [], { previous: 'a', heartbeat: heartbeat(300) })
      expect(hr(follower)).toBe(expected)
    }
  })

  it('rule 38: a replayed heartbeat renews no receipt age; control: the weaker rule renews it', async () => {
    const weak = await weakened('replays renew')
    for (const [Follower, expected] of [
      [PartitionFollower, 0],
      [weak.PartitionFollower, 4_000],
    ] as const) {
      const { batch, follower, at } = follow({ Follower })
      batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
      at.nowMonoMs = 4_000
      batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
      expect(follower.source('acme', 'hr')?.receivedAtMonoMs).toBe(expected)
    }
  })

  it('E11: a heartbeat of one source renews no other', () => {
    const { batch, follower, at } = follow()
    const both = (hrAt: number, igaAt: number): Heartbeat => ({
      ...heartbeat(null),
      through: new Map([
        [
          'acme',
          new Map([
            ['hr', { atMs: hrAt, state: 'complete' as const }],
            ['iga', { atMs: igaAt, state: 'complete' as const }],
          ]),
        ],
      ]),
    })
    batch('a', [], { previous: 'base', heartbeat: both(100, 100) })
    at.nowMonoMs = 1_000
    batch('b', [], { previous: 'a', heartbeat: both(100, 200) })
    expect(follower.source('acme', 'hr')?.receivedAtMonoMs).toBe(0)
    expect(follower.source('acme', 'iga')?.receivedAtMonoMs).toBe(1_000)
  })

  it('rule 18: a later incarnation forgets `through`, path or not; control: kept', async () => {
    const weak = await weakened('through kept')
    for (const [Follower, expected] of [
      [PartitionFollower, undefined],
      [weak.PartitionFollower, 100],
    ] as const) {
      const { batch, follower } = follow({ Follower })
      batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
      batch('b', [], { previous: 'unknown', e: 2n })
      expect([follower.e, hr(follower)]).toEqual([2n, expected])
    }
  })

  it('a heartbeat of an older incarnation extends nothing', () => {
    const { batch, follower } = follow()
    batch('a', [], { previous: 'base', e: 2n, heartbeat: heartbeat(100) })
    batch('b', [], { previous: 'a', e: 1n, heartbeat: heartbeat(900) })
    expect(hr(follower)).toBe(100)
  })

  it('E4: `through` never falls, whatever is read in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(1_000))), (reads) => {
        const { batch, follower } = follow()
        let before = -1
        reads.forEach(([previous, atMs], n) => {
          batch(`c${n}`, [], {
            previous: previous === 0 ? 'base' : `c${previous}`,
            heartbeat: heartbeat(atMs),
          })
          const now = hr(follower) ?? -1
          expect(now).toBeGreaterThanOrEqual(before)
          before = now
        })
      }),
    )
  })
})

describe('when a follower is live and when it reads again (rules 17, 38, 47)', () => {
  it('rule 17: is live by a heartbeat beyond the end seen at start; control: at once', async () => {
    const weak = await weakened('live at once')
    for (const [Follower, expected] of [
      [PartitionFollower, false],
      [weak.PartitionFollower, true],
    ] as const) {
      const { batch, follower } = follow({ Follower, end: 2n })
      batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
      expect(follower.live).toBe(expected)
      batch('b', [], { previous: 'a' })
      batch('c', [], { previous: 'b', heartbeat: heartbeat(200) })
      expect(follower.live).toBe(true)
    }
  })

  it('a topic that was cut since the start does not keep a follower from being live', () => {
    const { batch, follower, handle } = follow({ end: 1_000_000n })
    handle({ kind: 'end-reached', nextOffset: 0n })
    expect(follower.phase).toBe('settling')
    batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
    expect(follower.phase).toBe('live')
  })

  it('out of lease, reads again from the base of the newest pathless heartbeat, once per lease', () => {
    const { batch, follower, handle, at } = follow()
    batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
    batch('x', [], { previous: 'missed', heartbeat: heartbeat(200, 'new', 42n) })
    expect(handle({ kind: 'tick', nowMonoMs: LEASE_MS }).kind).toBe('ignored')
    const tick = { kind: 'tick', nowMonoMs: LEASE_MS + 1 } as const
    expect(handle(tick)).toEqual({ kind: 'resync', from: 42n })
    expect(follower.phase).toBe('overdue')
    at.nowMonoMs = LEASE_MS + 2
    batch('y', [], { previous: 'missed', heartbeat: heartbeat(300, 'new', 43n) })
    expect(handle({ kind: 'tick', nowMonoMs: LEASE_MS + 3 }).kind).toBe('ignored')
    handle({ kind: 'end-reached', nextOffset: at.offset })
    expect(handle({ kind: 'tick', nowMonoMs: 2 * LEASE_MS + 2 })).toMatchObject({ from: 43n })
  })

  it('control: without a resync a missed batch keeps the follower down', async () => {
    const { PartitionFollower: Follower } = await weakened('no resync')
    const { batch, handle } = follow({ Follower })
    batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
    batch('x', [], { previous: 'missed', heartbeat: heartbeat(200, 'new', 42n) })
    expect(handle({ kind: 'tick', nowMonoMs: 9 * LEASE_MS }).kind).toBe('ignored')
  })

  it('silence alone is no reason to read again', () => {
    const { batch, handle } = follow()
    batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
    expect(handle({ kind: 'tick', nowMonoMs: 9 * LEASE_MS }).kind).toBe('ignored')
  })

  it('after a reconnect a missing path does not wait for the lease', () => {
    const { batch, handle } = follow()
    batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
    handle({ kind: 'reconnect' })
    batch('x', [], { previous: 'missed', heartbeat: heartbeat(200, 'new', 42n) })
    expect(handle({ kind: 'tick', nowMonoMs: 10 })).toEqual({ kind: 'resync', from: 42n })
  })

  it('a lost offset goes on from the wanted base if it exists, else from the earliest', () => {
    const lost = (base: bigint): FollowOutcome<string> => {
      const { batch, handle } = follow()
      batch('a', [], { previous: 'base', heartbeat: heartbeat(100) })
      batch('x', [], { previous: 'missed', heartbeat: heartbeat(200, 'new', base) })
      const bounds = { earliest: 40n, end: 60n }
      return handle({ kind: 'offset-lost', bounds, nowMonoMs: 1 })
    }
    expect(lost(42n)).toEqual({ kind: 'resync', from: 42n })
    expect(lost(3n)).toEqual({ kind: 'resync', from: 40n })
  })

  it('a revoked key makes it forget everything, the incarnation too', () => {
    const { batch, follower, handle } = follow()
    batch('a', [], { previous: 'base', e: 99n, heartbeat: heartbeat(100) })
    expect(handle({ kind: 'key-revoked' })).toEqual({ kind: 'rebuild' })
    expect([follower.e, follower.live, hr(follower), follower.remembered]).toEqual([
      0n,
      false,
      undefined,
      0,
    ])
  })
})
