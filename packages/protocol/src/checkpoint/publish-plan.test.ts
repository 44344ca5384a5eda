import { weakened } from '@freshet/testkit/weakened'
import { describe, expect, it } from 'vitest'
import {
  nextBase,
  permanentsDue,
  afterAcknowledgement,
  checkpointOf,
  planAnew,
  planPublication,
  rootCheckpoint,
  PUBLISH_LIMITS,
} from './publish-plan.ts'
import type { PublisherSnapshot, PublisherStatus, StoredHead } from './publish-snapshot.ts'

const AGE_MS = 60_000
const NOW_MS = 1_000_000

const head = (hash: string, offset: bigint, ageMs: number): StoredHead => ({
  hash,
  offset,
  storedAtMs: NOW_MS - ageMs,
})

const snapshot: PublisherSnapshot<string> = {
  partition: 1,
  e: 1n,
  generation: 7n,
  head: head('head', 90n, 500),
  base: { hash: 'base', offset: 10n },
  baseCandidates: [
    head('base', 10n, 90_000),
    head('older', 20n, 70_000),
    head('old', 30n, 60_000),
    head('head', 90n, 500),
  ],
  signers: new Set(['old', 'new']),
  rows: [],
  isDrained: true,
  permanents: [],
  through: new Map(),
  leasesMs: new Map(),
  minimumPv: 3,
  mapVersion: 4,
  mapHash: 'map',
  next: { offset: 55n, lastRecordHash: 'record' },
  takenAtMs: NOW_MS,
}

const status: PublisherStatus = {
  generation: 7n,
  isHeadIntact: true,
  publishedKeys: new Set(['old', 'new', 'next']),
  sinceHeartbeatMs: 0,
  baseAgeMs: AGE_MS,
}

const rows = (count: number): string[] => Array.from({ length: count }, (_, n) => `row-${n}`)

describe('what a publisher does with its snapshot', () => {
  it('rule 29: sends nothing under another generation', () => {
    expect(planPublication({ ...snapshot, generation: 8n, rows: rows(3) }, status)).toEqual({
      kind: 'stand-down',
    })
  })

  it('waits until a heartbeat is due when there is nothing to publish', () => {
    expect(planPublication(snapshot, { ...status, sinceHeartbeatMs: 400 })).toEqual({
      kind: 'wait',
      forMs: 600,
    })
  })

  it('waits with a heartbeat whose `through` was not read, and publishes rows without one', () => {
    const unread = { ...snapshot, through: null }
    const due = { ...status, sinceHeartbeatMs: 1_000 }
    expect(planPublication(unread, due)).toEqual({ kind: 'wait', forMs: 0 })
    expect(planPublication({ ...unread, rows: rows(1) }, due)).toMatchObject({
      kind: 'continue',
      batches: [{ heartbeat: null }],
    })
  })

  it('emits a heartbeat alone when one is due', () => {
    expect(planPublication(snapshot, { ...status, sinceHeartbeatMs: 1_000 })).toMatchObject({
      kind: 'continue',
      batches: [{ rows: [], heartbeat: { minimumPv: 3, mapVersion: 4, next: { offset: 55n } } }],
    })
  })

  it('rules 41 and 43: links to the stored head and lets `through` ride in the last batch', () => {
    const plan = planPublication({ ...snapshot, rows: rows(1_001) }, status)
    expect(plan).toMatchObject({ kind: 'continue', head: { hash: 'head' } })
    const batches = plan.kind === 'continue' ? plan.batches : []
    expect(batches.map((each) => [each.rows.length, each.heartbeat !== null])).toEqual([
      [500, false],
      [500, false],
      [1, true],
    ])
  })

  it('rule 11: no heartbeat behind a limited batch; control: the weaker rule emits one', async () => {
    const limited = { ...snapshot, rows: rows(2), isDrained: false }
    const weak = await weakened('heartbeat always')
    const heartbeatOf = (planned: typeof planPublication): unknown => {
      const plan = planned(limited, status)
      return plan.kind === 'continue' ? plan.batches.at(-1)?.heartbeat : 'no plan'
    }
    expect(heartbeatOf(planPublication)).toBeNull()
    expect(heartbeatOf(weak.planPublication)).toMatchObject({ mapHash: 'map' })
  })

  it.each([
    ['there is no head', { head: null }, {}],
    ['the stored head is not in the topic', {}, { isHeadIntact: false }],
    ['a key that signed since base was revoked', {}, { publishedKeys: new Set(['new', 'next']) }],
  ])('rules 30 and 49: starts anew when %s', (_, inSnapshot, inStatus) => {
    const plan = planPublication({ ...snapshot, ...inSnapshot }, { ...status, ...inStatus })
    expect(plan).toEqual({ kind: 'start-anew' })
  })

  it('goes on under a new key where every key since base is still published', () => {
    const overlapping = { ...status, sinceHeartbeatMs: 1_000 }
    expect(planPublication(snapshot, overlapping).kind).toBe('continue')
    const passed = { ...snapshot, signers: new Set(['new']) }
    const retired = { ...overlapping, publishedKeys: new Set(['new', 'next']) }
    expect(planPublication(passed, retired).kind).toBe('continue')
  })

  it('control: the weaker rule goes on behind a checkpoint that no edge believes', async () => {
    const weak = await weakened('revoked key continued')
    const revoked = { ...status, sinceHeartbeatMs: 1_000, publishedKeys: new Set(['new']) }
    expect(weak.planPublication(snapshot, revoked).kind).toBe('continue')
  })

  it('control of rule 30: the weaker rule continues a lost head', async () => {
    const weak = await weakened('lost head continued')
    const lost = { ...status, isHeadIntact: false, sinceHeartbeatMs: 1_000 }
    expect(weak.planPublication(snapshot, lost).kind).toBe('continue')
  })

  it('rule 44: stores only behind an intact path; control: stored unread', async () => {
    const weak = await weakened('no reading back')
    expect(afterAcknowledgement(true)).toBe('store')
    expect(afterAcknowledgement(false)).toBe('start-anew')
    expect(weak.afterAcknowledgement(false)).toBe('store')
  })
})

describe('base (rules 47 and 48)', () => {
  const permanent = (publishedIn: StoredHead | null) => ({ row: 'deny', publishedIn })

  it('is the newest stored head that is old enough', () => {
    expect(nextBase(snapshot, AGE_MS)).toEqual({ hash: 'old', offset: 30n })
  })

  it('stays while nothing is old enough', () => {
    expect(nextBase(snapshot, 10 * AGE_MS)).toEqual(snapshot.base)
  })

  it('never passes the latest publication of a record without expiry; control: it does', async () => {
    const held = { ...snapshot, permanents: [permanent(head('old', 30n, 60_000))] }
    const weak = await weakened('permanents once')
    const baseOf = (planned: typeof planPublication): unknown => {
      const plan = planned({ ...held, rows: rows(1) }, status)
      return plan.kind === 'continue' ? plan.base.hash : plan.kind
    }
    expect(nextBase(held, AGE_MS)).toEqual({ hash: 'older', offset: 20n })
    expect([baseOf(planPublication), baseOf(weak.planPublication)]).toEqual(['older', 'old'])
  })

  it('publishes records without expiry again at half the age; control: once', async () => {
    const weak = await weakened('permanents once')
    const aged = (ageMs: number) => ({
      ...snapshot,
      permanents: [permanent(head('x', 50n, ageMs))],
    })
    expect(permanentsDue(aged(29_999), AGE_MS)).toEqual([])
    expect(permanentsDue(aged(30_000), AGE_MS)).toEqual(['deny'])
    expect(weak.planPublication(aged(30_000), status).kind).toBe('wait')
    expect(planPublication(aged(30_000), status).kind).toBe('continue')
  })

  it('leaves to the outbox what was never published', () => {
    const waiting = { ...snapshot, permanents: [permanent(null)] }
    expect(permanentsDue(waiting, AGE_MS)).toEqual([])
    expect(nextBase(waiting, AGE_MS)?.hash).toBe('old')
  })
})

describe('checkpoints', () => {
  it('end a batch, with a heartbeat only where one is planned', () => {
    const link = { previous: 'head', recordsHash: 'digest' }
    const bare = checkpointOf(snapshot, { rows: rows(2), heartbeat: null }, link)
    expect(bare).toEqual({ partition: 1, e: 1n, generation: 7n, count: 2, ...link })
  })

  it('rule 49: a root is empty, and no batch behind it carries a heartbeat: rows can wait behind it', () => {
    expect(rootCheckpoint(snapshot, 'nonce', 'empty')).toMatchObject({
      previous: null,
      nonce: 'nonce',
      count: 0,
    })
    const batches = planAnew(rows(501))
    expect(batches.map((each) => each.rows.length)).toEqual([500, 1])
    expect(batches.map((each) => each.heartbeat)).toEqual([null, null])
    expect(planAnew([])).toEqual([])
  })
})

describe('batches', () => {
  const sizes = (bytesOf: () => number) => {
    const batches = planAnew(rows(5), PUBLISH_LIMITS, bytesOf)
    return batches.map((batch) => batch.rows.length)
  }

  it('hold no more bytes than one produce request may', () => {
    expect(sizes(() => 200 * 1024)).toEqual([2, 2, 1])
    expect(sizes(() => 1)).toEqual([5])
  })

  it('hold a row that is too large by itself alone, for the broker to refuse', () => {
    expect(sizes(() => 10 * 1024 * 1024)).toEqual([1, 1, 1, 1, 1])
  })
})
