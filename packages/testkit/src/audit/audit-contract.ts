import {
  HEAD_EVERY_MS,
  KEPT_HEAD_EVERY_MS,
  sealOnce,
  verifyAudit,
  type AuditReader,
  type SealStore,
} from '@freshet/audit'
import {
  AUDIT_TOPIC,
  decodeAuditEntry,
  FLOOR_LAG_MS,
  generateKey,
  importJwks,
  importSigningKey,
  QueueFloor,
  readAuditHead,
  type AuditEntry,
  type AuditLog,
  type OutgoingRecord,
  type SigningKey,
  type VerifyKey,
  FULL_SCAN_MS,
} from '@freshet/wire'
import { ManualClock } from '@freshet/testing'
import { fakeLog, type FakeLog } from '@freshet/testing/parts'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'

/** Stores of one database, for two sealers. */
export interface AuditUnderTest {
  readonly log: AuditLog
  readonly stores: readonly [SealStore, SealStore]
  readonly reader: AuditReader
  /** Returns the records in the outbox for the topic of the audit, oldest first; they stay there. */
  outbox(): Promise<readonly OutgoingRecord[]>
}

/** An entry of chain `control`, identified by a number. */
export function auditEntry(number: number, more: Partial<AuditEntry> = {}): AuditEntry {
  const about = { tenant: 'acme', ref: `deny-token-${number}`, by: 'ann' }
  const detail = { op: 'deny', scope: 'token', target: `t${number}` }
  return { kind: 'cut-off-ordered', atMs: 1_795_514_400_000 + number, ...about, detail, ...more }
}

/** The parts that a suite of the audit works with: a clock, a key pair, a topic. */
export interface AuditWorld {
  readonly clock: ManualClock
  readonly topic: FakeLog
  readonly signing: SigningKey
  readonly keys: readonly VerifyKey[]
  /** Seals what waits of `control`; one head is due by then. */
  seal(under: AuditUnderTest): Promise<void>
  /** Lets the topic hold what the outbox holds. */
  publish(under: AuditUnderTest): Promise<void>
  verify(under: AuditUnderTest): ReturnType<typeof verifyAudit>
}

/** Makes one. */
export async function auditWorld(): Promise<AuditWorld> {
  const { privateJwk, publicJwk } = await generateKey('EdDSA', 'audit-1')
  const signing = importSigningKey(privateJwk)
  const keys = importJwks({ keys: [publicJwk] })
  const clock = new ManualClock()
  const topic = fakeLog(1, () => clock.nowMs())
  let published = 0
  return {
    clock,
    topic,
    signing,
    keys,
    async seal({ stores }) {
      await clock.advance(HEAD_EVERY_MS)
      await sealOnce(stores[0], 'control', { nowMs: clock.nowMs(), key: signing })
    },
    async publish(under) {
      const fresh = (await under.outbox()).slice(published)
      published += fresh.length
      if (fresh.length > 0) await topic.append(AUDIT_TOPIC, 0, fresh)
    },
    verify: ({ reader }) => verifyAudit({ reader, log: topic, keys, clock }),
  }
}

/** Checks every {@link SealStore} with its {@link AuditReader} and {@link AuditLog}. */
export function registerAuditContract(name: string, make: () => Promise<AuditUnderTest>): void {
  let under: AuditUnderTest
  let world: AuditWorld
  let key: SigningKey
  beforeAll(async () => {
    key = (await auditWorld()).signing
  })
  beforeEach(async () => {
    under = await make()
    world = await auditWorld()
  })
  const append = (...numbers: readonly number[]): Promise<void> =>
    under.log.append(numbers.map((number) => auditEntry(number)))
  const sealed = async (): Promise<readonly (string | undefined)[]> =>
    (await under.reader.entries('control', 0n, 100)).map(({ text }) => decodeAuditEntry(text)?.ref)

  describe(`audit store: ${name}: seal`, () => {
    test('entries are chained in the order in which they were written, in dense places', async () => {
      await append(1, 2)
      await append(3)
      await world.seal(under)
      const found = await under.reader.entries('control', 0n, 100)
      expect(found.map(({ n }) => n)).toEqual([1n, 2n, 3n])
      expect(found[2]).toMatchObject({ kind: 'cut-off-ordered', tenant: 'acme' })
      expect(await sealed()).toEqual(['deny-token-1', 'deny-token-2', 'deny-token-3'])
      expect(await under.reader.status('control')).toMatchObject({ n: 3n, pending: { count: 0 } })
    })

    test('each stream has its own chain', async () => {
      await under.log.append([auditEntry(1), auditEntry(2, { kind: 'token-issued' })])
      await world.seal(under)
      expect(await under.reader.status('tokens')).toMatchObject({ n: 0n, pending: { count: 1 } })
      expect(await sealed()).toEqual(['deny-token-1'])
    })

    test('a head goes to the outbox in the same transaction, signed, and no second without news', async () => {
      await append(1)
      await world.seal(under)
      await world.seal(under)
      const heads = (await under.outbox()).map((record) => readAuditHead(record, world.keys))
      const [entry] = await under.reader.entries('control', 0n, 1)
      const head = { stream: 'control', n: 1n, hash: entry?.hash }
      expect(heads).toMatchObject([{ kind: 'head', head }])
    })

    test('what fails before the commit seals nothing, and loses nothing', async () => {
      await append(1)
      const failing = under.stores[0].inStream('control', async (tx) => {
        const [{ id, text } = { id: 0n, text: '' }] = await tx.pending(10, 0n)
        const to = { n: 1n, hash: 'x'.repeat(43) }
        await tx.seal({ entries: [{ ...to, id, text, entry: undefined }], to, signed: undefined })
        throw new Error('planned crash')
      })
      await expect(failing).rejects.toThrow('planned crash')
      expect(await sealed()).toEqual([])
      await world.seal(under)
      expect(await sealed()).toEqual(['deny-token-1'])
    })

    test('entries are read behind an id, and those that came late below a floor when all are read', async () => {
      await append(1, 2)
      await under.stores[0].inStream('control', async (tx) => {
        const [first, second] = await tx.pending(10, 0n)
        expect(await tx.pending(10, first?.id ?? 0n)).toEqual([second])
        expect(await tx.pending(10, second?.id ?? 0n)).toEqual([])
      })
      const clock = new ManualClock()
      const floor = new QueueFloor(clock)
      const seal = (): Promise<unknown> =>
        sealOnce(under.stores[0], 'control', { nowMs: clock.nowMs(), key, floor })
      floor.next()
      floor.raise(1_000_000_000n)
      await clock.advance(FLOOR_LAG_MS)
      floor.raise(0n)
      expect(await seal()).toBe(0)
      await clock.advance(FULL_SCAN_MS)
      expect(await seal()).toBe(2)
      expect(await sealed()).toEqual(['deny-token-1', 'deny-token-2'])
    })

    test('two sealers at once do not fork the chain, and leave nothing', async () => {
      await append(...Array.from({ length: 50 }, (_, at) => at))
      const terms = { nowMs: world.clock.nowMs(), key }
      const both = under.stores.map(async (store) => {
        for (let turn = 0; turn < 20; turn++) {
          await under.log.append([auditEntry(100 + turn)])
          await sealOnce(store, 'control', terms)
        }
      })
      await Promise.all(both)
      await sealOnce(under.stores[0], 'control', terms)
      const { n, pending } = await under.reader.status('control')
      expect({ n, count: pending.count }).toEqual({ n: 90n, count: 0 })
      await world.publish({ ...under, outbox: async () => [] })
      expect((await world.verify(under)).streams).toMatchObject([{ to: 90n, finding: null }, {}])
    })
  })

  describe(`audit store: ${name}: list`, () => {
    beforeEach(async () => {
      await append(1, 2)
      await under.log.append([auditEntry(3, { kind: 'change-refused', tenant: 'globex' })])
      await world.seal(under)
    })
    const listed = async (filter: Parameters<AuditReader['latest']>[0], limit = 10) =>
      (await under.reader.latest(filter, limit)).map(({ n }) => n)

    test('the newest come first, as many as asked for', async () => {
      expect(await listed({}, 2)).toEqual([3n, 2n])
    })

    test.each([
      ['stream', { stream: 'tokens' }, []],
      ['kind', { kind: 'cut-off-ordered' }, [2n, 1n]],
      ['tenant', { tenant: 'globex' }, [3n]],
      ['ref', { ref: 'deny-token-2' }, [2n]],
      ['the kinds that are left out', { without: ['cut-off-ordered', 'subject-read'] }, [3n]],
      ['time', { sinceMs: 1_795_514_400_002, untilMs: 1_795_514_400_003 }, [2n]],
    ] as const)('filtered by %s', async (_, filter, expected) => {
      expect(await listed(filter)).toEqual(expected)
    })
  })

  describe(`audit store: ${name}: prune`, () => {
    const store = (): SealStore => under.stores[0]
    beforeEach(async () => {
      await append(1, 2)
      await world.seal(under)
      await world.clock.advance(KEPT_HEAD_EVERY_MS)
      await append(3)
      await world.seal(under)
    })

    test('cuts at a signed head that is old enough, and no further', async () => {
      const { clock } = world
      expect(await store().prune('control', clock.nowMs() - KEPT_HEAD_EVERY_MS - 1, 10)).toBe(2)
      expect(await sealed()).toEqual(['deny-token-3'])
      const { pruned } = await under.reader.status('control')
      expect(pruned?.n).toBe(2n)
      const read = pruned && readAuditHead(pruned.record, world.keys)
      expect(read).toMatchObject({ kind: 'head', head: { n: 2n, hash: pruned?.hash } })
    })

    test('removes no more at once than the limit, the oldest first', async () => {
      const before = world.clock.nowMs() - KEPT_HEAD_EVERY_MS
      expect(await store().prune('control', before, 1)).toBe(1)
      expect(await sealed()).toEqual(['deny-token-2', 'deny-token-3'])
      expect(await store().prune('control', before, 1)).toBe(1)
      expect(await store().prune('control', before, 1)).toBe(0)
    })

    test('removes nothing that no old head stands behind', async () => {
      expect(
        await store().prune('control', world.clock.nowMs() - 10 * KEPT_HEAD_EVERY_MS, 10),
      ).toBe(0)
    })
  })
}
