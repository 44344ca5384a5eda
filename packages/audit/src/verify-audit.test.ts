import {
  AUDIT_TOPIC,
  chainAfter,
  chainStart,
  encodeAuditEntry,
  encodeAuditHead,
} from '@freshet/wire'
import type { AuditEntry, ChainPoint } from '@freshet/wire'
import { auditEntry, auditWorld, type AuditWorld } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import type { StoredEntry, StoredStatus } from './audit-reader.ts'
import { AUDIT_KEPT_MS } from './retention.ts'
import { AUDIT_LATE_MS, verifyAudit, type StreamReport } from './verify-audit.ts'

const COUNT = 10

let world: AuditWorld
let rows: StoredEntry[]
let status: StoredStatus
let records: ReadonlyMap<string, string>

beforeEach(async () => {
  world = await auditWorld()
  records = new Map()
  rows = chainOf(Array.from({ length: COUNT }, (_, at) => at + 1))
  status = statusAt(pointOf(COUNT))
  await publishHead(4)
  await publishHead(8)
})

function chainOf(
  numbers: readonly number[],
  entryOf: (number: number) => AuditEntry = auditEntry,
): StoredEntry[] {
  let point = chainStart('control')
  return numbers.map((number) => {
    const entry = entryOf(number)
    const text = encodeAuditEntry(entry)
    point = chainAfter(point, text)
    const { kind, tenant, ref, atMs } = entry
    return { ...point, text, kind, tenant, ref, atMs }
  })
}

function pointOf(n: number): ChainPoint {
  const { hash } = rows[n - 1] ?? chainStart('control')
  return { n: BigInt(n), hash }
}

function statusAt(point: ChainPoint): StoredStatus {
  return { ...point, pruned: null, pending: { count: 0, oldestAtMs: null } }
}

async function publishHead(n: number, more: object = {}): Promise<void> {
  const head = { stream: 'control' as const, ...pointOf(n), atMs: world.clock.nowMs(), ...more }
  await world.topic.append(AUDIT_TOPIC, 0, [encodeAuditHead(head, world.signing)])
}

async function verified(): Promise<StreamReport | undefined> {
  const empty = statusAt(chainStart('tokens'))
  const reader = {
    status: async (stream: string) => (stream === 'control' ? status : empty),
    entries: async (stream: string, after: bigint, limit: number) =>
      rows.filter(({ n }) => stream === 'control' && n > after).slice(0, limit),
    issuances: async () => records,
    latest: () => Promise.reject(new Error('not asked')),
  }
  const { topic: log, keys, clock } = world
  return (await verifyAudit({ reader, log, keys, clock })).streams[0]
}

/** Hashes a chain again, as an attacker does who can write the database. */
function rehash(texts: readonly StoredEntry[]): void {
  let point = chainStart('control')
  rows = texts.map((row) => ({ ...row, ...(point = chainAfter(point, row.text)) }))
  status = statusAt(point)
}

const rowAt = (index: number): StoredEntry => rows[index] ?? fail(index)
const replace = (index: number, change: (row: StoredEntry) => StoredEntry): void =>
  void rows.splice(index, 1, change(rowAt(index)))
function fail(index: number): never {
  throw new Error(`no row ${index}`)
}

const edited = (row: StoredEntry): StoredEntry => ({ ...row, text: row.text.replace('ann', 'eve') })

describe('verifying a chain', () => {
  it('finds nothing in one that was not changed', async () => {
    expect(await verified()).toMatchObject({
      from: 1n,
      to: 10n,
      head: { n: 8n },
      finding: null,
      isLate: false,
    })
  })

  it.each([
    ['an entry that was edited', () => replace(2, edited), 'altered', 3n, 3n],
    ['an entry that was deleted', () => rows.splice(4, 1), 'missing', 5n, 5n],
    ['several that were deleted', () => rows.splice(4, 3), 'missing', 5n, 7n],
    [
      'two texts that were swapped',
      () => {
        const [a, b] = [rowAt(5), rowAt(6)]
        rows[5] = { ...a, text: b.text }
        rows[6] = { ...b, text: a.text }
      },
      'altered',
      6n,
      6n,
    ],
    [
      'two whole rows that were swapped',
      () => {
        const [a, b] = [rowAt(5), rowAt(6)]
        rows.splice(5, 2, { ...b, n: a.n }, { ...a, n: b.n })
      },
      'altered',
      6n,
      6n,
    ],
    ['an end that was cut off', () => rows.splice(6), 'missing', 7n, 8n],
    ['an end behind the last head that was cut off', () => rows.splice(9), 'missing', 10n, 10n],
    [
      'an entry that lists would not show',
      () => replace(1, (row) => ({ ...row, kind: 'change-refused' })),
      'altered',
      2n,
      2n,
    ],
  ] as const)('names the first of %s', async (_, tamper, ...[what, n, to]) => {
    tamper()
    expect((await verified())?.finding).toEqual({ what, n, to })
  })

  it.each([
    [
      'edited',
      () => rehash(rows.map((row, at) => (at === 5 ? edited(row) : row))),
      'rewritten',
      5n,
    ],
    ['deleted', () => rehash(rows.toSpliced(5, 1)), 'rewritten', 5n],
    ['put in', () => rehash(rows.toSpliced(5, 0, ...chainOf([99]))), 'rewritten', 5n],
    ['cut off', () => rehash(rows.slice(0, 6)), 'missing', 7n],
  ] as const)(
    'finds by the signed heads where an entry was %s and all behind it hashed anew',
    async (_, tamper, what, n) => {
      tamper()
      expect((await verified())?.finding).toEqual({ what, n, to: 8n })
    },
  )

  it('control: without the heads a chain that was hashed anew is as good as any', async () => {
    world = await auditWorld()
    rehash(rows.map((row, at) => (at === 5 ? edited(row) : row)))
    expect((await verified())?.finding).toBeNull()
  })

  it('learns nothing from a head that no key signed', async () => {
    const forger = await auditWorld()
    const head = { stream: 'control' as const, ...pointOf(5), hash: 'x'.repeat(43), atMs: 1 }
    await world.topic.append(AUDIT_TOPIC, 0, [encodeAuditHead(head, forger.signing)])
    expect((await verified())?.finding).toBeNull()
  })

  it('is not disturbed by a head that was published twice, or late', async () => {
    await publishHead(8)
    await publishHead(6)
    expect((await verified())?.finding).toBeNull()
  })

  it('finds that the chain was put back behind a head, and went on otherwise', async () => {
    rehash([...rows.slice(0, 6), ...chainOf([91, 92, 93])])
    await publishHead(9)
    expect((await verified())?.finding).toEqual({ what: 'rewritten', n: 5n, to: 8n })
  })

  it('names the entry of a token whose issuance record was changed, and not of one that is gone', async () => {
    const issued = (number: number): AuditEntry =>
      auditEntry(number, {
        kind: 'token-issued',
        ref: `j${number}`,
        detail: { issuance: 'digest' },
      })
    rows = chainOf([1, 2, 3], issued)
    status = statusAt(pointOf(3))
    world = await auditWorld()
    records = new Map([['j2', 'digest']])
    expect((await verified())?.finding).toBeNull()
    records = new Map([['j2', 'another']])
    expect((await verified())?.finding).toEqual({ what: 'record', n: 2n, to: 2n })
  })

  it('reports entries that are not sealed, or under no head, for too long', async () => {
    status = { ...status, pending: { count: 1, oldestAtMs: world.clock.nowMs() } }
    expect(await verified()).toMatchObject({ pending: 1, isLate: false })
    await world.clock.advance(AUDIT_LATE_MS + 100)
    expect(await verified()).toMatchObject({ finding: null, isLate: true })
  })
})

describe('verifying a chain whose beginning was pruned', () => {
  const prune = (n: number): void => {
    const head = { stream: 'control' as const, ...pointOf(n), atMs: world.clock.nowMs() }
    status = {
      ...status,
      pruned: { ...pointOf(n), record: encodeAuditHead(head, world.signing) },
    }
    rows.splice(0, n)
  }

  it('goes on from the signed head of the place', async () => {
    prune(4)
    await world.clock.advance(AUDIT_KEPT_MS.control + 1)
    expect(await verified()).toMatchObject({ from: 5n, to: 10n, finding: null })
  })

  it('finds that it was pruned before its time', async () => {
    prune(4)
    expect((await verified())?.finding).toMatchObject({ what: 'pruned', n: 5n })
  })

  it('finds that the place has no signed head', async () => {
    prune(4)
    await world.clock.advance(AUDIT_KEPT_MS.control + 1)
    const pruned = status.pruned && { ...status.pruned, hash: 'x'.repeat(43) }
    status = { ...status, pruned }
    expect((await verified())?.finding).toMatchObject({ what: 'pruned', n: 5n })
  })
})
