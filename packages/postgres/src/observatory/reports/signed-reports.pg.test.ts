import type { ReportProof } from '@freshet/protocol/slo'
import type { EdgeReport } from '@freshet/wire'
import type { NewlyRecorded, ReceivedReport } from '@freshet/insight'
import { SLI_NOW_MS as NOW, sliReport } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { sliStores, type SliUnderTest } from '../../../../../test/setup/sli-stores.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const HOLDER = { client: 'payments-edge', kid: 'k1' }
const signed: ReportProof = { kind: 'signed', signer: HOLDER }
const FORGED: readonly ReportProof[] = [
  { kind: 'unsigned' },
  { kind: 'broken', refusal: 'wrong-signature' },
  { kind: 'signed', signer: { client: 'ledger-edge', kid: 'k1' } },
]
const exposure: NonNullable<EdgeReport['exposed']>[number] = {
  tenant: 'acme',
  partition: 3,
  offset: 9n,
  change: 'c1',
  commitAtMs: 100,
  route: 'r',
  requests: 7,
  firstAtMs: 110,
  lastAtMs: 120,
}

/** A report of that number, which comes a second after the one before it. */
function numbered(n: number, proof: ReportProof, more: Partial<EdgeReport> = {}): ReceivedReport {
  const applied = BigInt(9 + n)
  const reportedAtMs = NOW + n * 1_000
  const applies = [{ upTo: applied, appendedAtMs: reportedAtMs - 20, appliedAtMs: reportedAtMs }]
  const report = sliReport({ start: 'a', n, ...more }, { applied, applies })
  return { report, reportedAtMs, proof }
}

/** The same record, appended once more. */
function copy(of: ReceivedReport, afterMs: number): ReceivedReport {
  return { ...of, reportedAtMs: NOW + afterMs }
}

describe('signed reports', () => {
  let under: SliUnderTest
  beforeEach(async () => {
    under = await sliStores(database)
  })
  const record = (...reports: readonly ReceivedReport[]): Promise<NewlyRecorded> =>
    under.observatory.record(reports)
  /** All that reports of the edge left. */
  async function left() {
    const { sli, observatory } = under
    return {
      edges: await observatory.edges(0),
      minutes: await sli.edgeMinutes([NOW, NOW + 60_000], ['edge-1']),
      starts: await observatory.starts(0),
      applies: await observatory.latestApplies('edge-1', 100),
      exposed: await observatory.exposed({
        tenant: 'acme',
        id: 'c1',
        partition: 3,
        occurredAtMs: 100,
      }),
    }
  }
  const signer = async () => (await under.observatory.edges(0))[0]?.signer

  test('an edge is unsigned until a client signs, and then known by its latest key', async () => {
    await record(numbered(0, { kind: 'unsigned' }))
    expect(await signer()).toBeNull()
    await record(numbered(1, { kind: 'broken', refusal: 'unknown-key' }))
    expect(await signer()).toBeNull()
    await record(numbered(2, signed))
    expect(await signer()).toEqual(HOLDER)
    const next = { client: 'payments-edge', kid: 'k2' }
    await record(numbered(3, { kind: 'signed', signer: next }))
    expect(await signer()).toEqual(next)
  })

  test.each(FORGED)(
    'under a name that is held a forged report changes nothing: %o',
    async (proof) => {
      await record(numbered(0, signed))
      const before = await left()
      const forged = numbered(1, proof, { start: 'f', state: 'closing', exposed: [exposure] })
      const refusal = proof.kind === 'signed' ? 'other-client' : expect.any(String)
      expect(await record(forged)).toEqual({
        counted: [],
        exposed: [],
        ignored: [{ edge: 'edge-1', refusal }],
      })
      expect(await left()).toEqual(before)
    },
  )

  test.each(FORGED)(
    'under a name that nobody holds it changes all (control): %o',
    async (proof) => {
      await record(numbered(0, { kind: 'unsigned' }))
      const before = await left()
      const forged = numbered(1, proof, { start: 'f', state: 'closing', exposed: [exposure] })
      expect(await record(forged)).toMatchObject({ counted: [forged], ignored: [] })
      const after = await left()
      for (const what of ['edges', 'starts', 'applies', 'exposed'] as const)
        expect(after[what]).not.toEqual(before[what])
    },
  )

  test('a copy of a signed report neither moves its edge back nor counts again', async () => {
    const reports = [0, 1, 2].map((n) => numbered(n, signed))
    await record(...reports)
    const before = await left()
    for (const [at, each] of reports.entries()) {
      const { counted, ignored } = await record(copy(each, 10_000 + at))
      expect([counted, ignored]).toEqual([[], [{ edge: 'edge-1', refusal: 'replayed' }]])
    }
    expect(await left()).toEqual(before)
    expect(before.minutes).toMatchObject([{ allows: 3 }])
  })

  test('neither does a copy from an earlier start of the edge', async () => {
    const earlier = [0, 1].map((n) => numbered(n, signed))
    await record(...earlier, numbered(2, signed, { start: 'b', n: 0 }))
    const before = await left()
    const { ignored } = await record(...earlier.map((each, at) => copy(each, 10_000 + at)))
    expect(ignored.map(({ refusal }) => refusal)).toEqual(['replayed', 'replayed'])
    expect(await left()).toEqual(before)
  })

  test('a copy whose number is new counts (control)', async () => {
    await record(numbered(0, signed))
    await record(copy(numbered(1, signed), 10_000))
    expect((await left()).edges[0]?.reportedAtMs).toBe(NOW + 10_000)
  })

  test('reports that come together count as they do one by one', async () => {
    const first = numbered(1, signed)
    const reports = [
      numbered(0, { kind: 'unsigned' }),
      first,
      numbered(2, { kind: 'unsigned' }),
      copy(first, 2_500),
      numbered(3, signed),
    ]
    const { ignored } = await record(...reports)
    expect(ignored.map(({ refusal }) => refusal)).toEqual(['unsigned', 'replayed'])
    const batched = await left()
    under = await sliStores(database)
    for (const each of reports) await record(each)
    expect(await left()).toEqual(batched)
    expect(batched.edges).toMatchObject([{ reportedAtMs: NOW + 3_000, signer: HOLDER }])
  })

  test('records that are read again change nothing, and are not reported again', async () => {
    const reports = [
      numbered(0, { kind: 'unsigned' }),
      numbered(1, signed),
      numbered(2, { kind: 'unsigned' }),
      numbered(3, signed),
    ]
    await record(...reports)
    const before = await left()
    expect(await record(...reports)).toEqual({ counted: [], exposed: [], ignored: [] })
    expect(await left()).toEqual(before)
  })

  test.each(FORGED)(
    'under a name that the registry declares nothing else counts, from the first report on: %o',
    async (proof) => {
      const forged = { ...numbered(0, proof), declared: 'payments-edge' }
      const { ignored } = await record(forged)
      expect(ignored).toMatchObject([{ edge: 'edge-1' }])
      expect(await signer()).toBeUndefined()
    },
  )

  test('a client that the registry declares takes a name from who held it', async () => {
    const other = { client: 'ledger-edge', kid: 'k1' }
    await record(numbered(0, { kind: 'signed', signer: other }))
    expect(await signer()).toEqual(other)
    const declared = 'payments-edge'
    const both = [
      { ...numbered(1, { kind: 'signed', signer: other }), declared },
      { ...numbered(2, signed), declared },
    ]
    const { ignored } = await record(...both)
    expect(ignored).toEqual([{ edge: 'edge-1', refusal: 'other-client' }])
    expect(await signer()).toEqual(HOLDER)
  })

  test('a name is free again once its edge is forgotten', async () => {
    await record(numbered(0, signed))
    await under.observatory.forget(NOW + 1)
    const { ignored } = await record(numbered(1, { kind: 'unsigned' }))
    expect([ignored, await signer()]).toEqual([[], null])
  })
})
