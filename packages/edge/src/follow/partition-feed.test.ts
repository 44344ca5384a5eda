import { setImmediate as turn } from 'node:timers/promises'
import { partitionOf } from '@freshet/protocol'
import { ALICE, edgeWorld, type EdgeWorld } from '@freshet/testkit'
import type { LogRecord } from '@freshet/wire'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { ApplyNotes, PartitionFeed } from './partition-feed.ts'
import { SignerOffsets } from './signer-offsets.ts'
import { Turns } from './turns.ts'

const HERS = partitionOf(ALICE)
let world: EdgeWorld
let records: readonly LogRecord[]

/** Root, two heartbeats, a revocation with its checkpoint; all of it within a lease. */
beforeEach(async () => {
  world = await edgeWorld()
  await world.begin()
  await world.liveFor(1_000)
  await world.publish(HERS, [world.groupsLost(101n)])
  records = world.log.records(REVOCATIONS_TOPIC, HERS)
})

function feedOf(
  end: bigint,
  timer: ConstructorParameters<typeof Turns>[0] = world.clock,
): { feed: PartitionFeed; knowledge: EdgeKnowledge; applied: number[] } {
  const limits = { watermarksMax: 10, denialsMax: 10, tokenLifeMaxMs: 3_600_000 }
  const knowledge = new EdgeKnowledge({ clock: world.clock, seed: [1, 2], ...limits })
  const applied: number[] = []
  const context = {
    knowledge,
    keys: { find: () => world.keys.checkpoints[0], renew: () => undefined },
    keptMs: 4_200_000,
    timer: world.clock,
    turns: new Turns(timer, 5),
    onApplied: () => void applied.push(1),
    onRestart: () => undefined,
  }
  return { feed: new PartitionFeed(HERS, { earliest: 0n, end }, context), knowledge, applied }
}

describe('rule 17: a feed', () => {
  it('is not live by a heartbeat before the end that it saw, in however many pieces it reads', async () => {
    const end = BigInt(records.length)
    const { feed, applied } = feedOf(end)
    for (const record of records.slice(0, 3)) await feed.onRecords([record], end)
    expect(feed.live).toBe(false)
    await feed.onRecords(records.slice(3), end)
    expect([feed.live, applied]).toEqual([false, [1]])
    await world.liveFor(1_000)
    await feed.onRecords(records.slice(Number(end)), end + 1n)
    expect(feed.live).toBe(true)
  })

  it('control: with an early end, it is live before it has read the revocation', async () => {
    const { feed, knowledge } = feedOf(BigInt(records.length))
    await feed.onRecords(records.slice(0, 2), 2n)
    await feed.onRecords(records.slice(2, 3), 3n)
    expect([feed.live, knowledge.table.size]).toEqual([true, 0])
  })
})

describe('a feed that reads many records at once', () => {
  it('leaves the event loop to others between its turns, and then is done with all of them', async () => {
    for (let n = 0; n < 300; n += 1) await world.heartbeat({ partitions: [HERS] })
    const many = world.log.records(REVOCATIONS_TOPIC, HERS)
    const nextTurns: number[] = []
    let nowMs = 0
    const { feed } = feedOf(0n, { monotonicMs: () => (nowMs += 3) })
    const reading = feed.onRecords(many, BigInt(many.length))
    for (let turns = 0; turns < 3; turns += 1) {
      nextTurns.push(Number(feed.next))
      await turn()
    }
    await reading
    expect(nextTurns).toEqual([128, 256, many.length])
    expect(feed.next).toBe(BigInt(many.length))
  })
})

describe('what was applied since the last report', () => {
  it('is bounded, and beyond the bound reported later than it was, never earlier', () => {
    const notes = new ApplyNotes()
    for (let i = 1; i <= 150; i++)
      notes.add({ upTo: BigInt(i), appendedAtMs: i, appliedAtMs: 1_000 + i })
    const taken = notes.take()
    expect(taken).toHaveLength(100)
    expect(taken.at(-1)).toEqual({ upTo: 150n, appendedAtMs: 150, appliedAtMs: 1_150 })
    for (let i = 1n; i <= 150n; i++) {
      const note = taken.find(({ upTo }) => upTo >= i)
      expect(note?.appliedAtMs).toBeGreaterThanOrEqual(1_000 + Number(i))
    }
    expect(notes.take()).toEqual([])
  })
})

describe('a checkpoint key', () => {
  const KEPT_MS = 1_000
  const NOW = 50_000
  const signedAt = (offset: bigint, appendedAtMs = NOW) => ({ offset, appendedAtMs })

  it('is needed until base has passed its last checkpoint and its content is too old', () => {
    const signers = new SignerOffsets(KEPT_MS)
    expect(signers.isNeeded('a', NOW)).toBe(false)
    signers.signed('a', signedAt(5n))
    expect(signers.isNeeded('a', NOW)).toBe(true)
    signers.base = 5n
    expect(signers.isNeeded('a', NOW + KEPT_MS + 1)).toBe(true)
    signers.base = 6n
    expect(signers.isNeeded('a', NOW + KEPT_MS)).toBe(true)
    expect(signers.isNeeded('a', NOW + KEPT_MS + 1)).toBe(false)
  })

  it('is remembered among few', () => {
    const signers = new SignerOffsets(KEPT_MS)
    for (let i = 0; i < 20; i++) signers.signed(`k${i}`, signedAt(1n))
    expect(signers.isNeeded('k0', NOW)).toBe(false)
    expect(signers.isNeeded('k19', NOW)).toBe(true)
  })
})
