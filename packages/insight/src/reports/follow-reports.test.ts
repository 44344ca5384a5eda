import {
  edgeReportPartition,
  encodeEdgeReport,
  generateKey,
  importJwks,
  importSigningKey,
  signEdgeReport,
  type EdgeReport,
  type LogReader,
  type LogRecord,
  type VerifyKey,
} from '@freshet/wire'
import { expect, test } from 'vitest'
import { REPORTS_MAX, type NewlyRecorded, type ReceivedReport } from '../observatory-store.ts'
import { ReportHorizon } from '../sli/report-horizon.ts'
import { followReports, type FollowParts } from './follow-reports.ts'
import { RefusedNow } from './refused-now.ts'

function report(edge: string, partition = 3): EdgeReport {
  return {
    edge,
    audience: 'payments',
    version: '0.1.0',
    atMs: 1,
    state: 'live',
    partitions: [{ partition, applied: 9n, viewAgeMs: 40, applies: [] }],
    decisions: { allow: 1, deny: 0, challenge: 0 },
  }
}

const recordOf = (each: EdgeReport, n: number): LogRecord => ({
  ...encodeEdgeReport(each),
  topic: 'freshet.edge-reports.v1',
  partition: 0,
  offset: BigInt(n),
  appendedAtMs: 1_000 + n,
})

/** In which these are the keys of every client, and a client signs for the edges that it declares. */
function versionOf(keys: readonly VerifyKey[] = [], edges: readonly string[] = []) {
  const client = { id: 'payments-edge', tenant: 'acme', audiences: [], introspects: [], edges }
  return () => ({ clientKeys: () => keys, registry: { clients: new Map([[client.id, client]]) } })
}

/** The answer of the store to a lot. */
type Found = (reports: readonly ReceivedReport[]) => Partial<NewlyRecorded>

/** Follows these records as one lot. */
async function follow(
  records: readonly LogRecord[],
  found: Found = () => ({}),
  version: FollowParts['version'] = versionOf(),
) {
  const batches: (readonly ReceivedReport[])[] = []
  const unreadable: (string | undefined)[] = []
  const refused: unknown[] = []
  const horizon = new ReportHorizon()
  const store = {
    record: async (reports: readonly ReceivedReport[]) => {
      batches.push(reports)
      return { counted: [], exposed: [], ignored: [], ...found(reports) }
    },
  }
  const counts = {
    staleAllows: () => {},
    evictions: () => {},
    unreadable: (edge: string | undefined) => void unreadable.push(edge),
    ignored: (...args: unknown[]) => void refused.push(['ignored', ...args]),
    unproven: (...args: unknown[]) => void refused.push(['unproven', ...args]),
  }
  const end = BigInt(records.length)
  const reader = {
    bounds: async () => [{ partition: 0, earliest: 0n, end }],
    follow: async (_topic: string, _from: unknown, follower: Parameters<LogReader['follow']>[2]) =>
      follower.onRecords(0, records, end),
  } as unknown as LogReader
  const clock = { nowMs: () => 5_000, monotonicMs: () => 0 }
  const refusing = new RefusedNow()
  const parts = { store, horizon, counts, clock, version, requests: [refusing] }
  await followReports(parts, reader, new AbortController().signal)
  return { batches, unreadable, refused, refusing: refusing.at(1_000), untilMs: horizon.untilMs }
}

test('reports that come together are kept together, so many at a time', async () => {
  const records = Array.from({ length: REPORTS_MAX + 1 }, (_, n) => recordOf(report('e'), n))
  const { batches, untilMs } = await follow(records)
  expect(batches.map((batch) => batch.length)).toEqual([REPORTS_MAX, 1])
  expect(batches[1]?.[0]?.reportedAtMs).toBe(1_000 + REPORTS_MAX)
  expect(untilMs).toBe(5_000)
})

test('what cannot be read is counted each time and told once, and holds nothing up', async () => {
  const bad = { ...recordOf(report('torn'), 0), value: Buffer.from('{"edge":1}') }
  const beyond = recordOf(report('beyond', 1_024), 2)
  const { batches, unreadable } = await follow([bad, bad, beyond, recordOf(report('good'), 3)])
  expect(unreadable).toEqual(['torn', undefined, 'beyond'])
  expect(batches.map((batch) => batch.map((each) => each.report.edge))).toEqual([['good']])
})

async function signedRecord() {
  const { privateJwk, publicJwk } = await generateKey('EdDSA', 'k1')
  const own = { ...report('e'), atMs: 1_000, start: 'a', n: 0, client: 'payments-edge' }
  const record = recordOf(own, 0)
  const signed = signEdgeReport(record, importSigningKey(privateJwk))
  const partition = edgeReportPartition('e')
  return { record: { ...record, ...signed, partition }, keys: importJwks({ keys: [publicJwk] }) }
}

test('what signatures prove goes to the store, by the keys of the version in force', async () => {
  const { record, keys } = await signedRecord()
  const proven = await follow([record], undefined, versionOf(keys))
  const signer = { client: 'payments-edge', kid: 'k1' }
  expect(proven.batches.flat().map(({ proof }) => proof)).toEqual([{ kind: 'signed', signer }])
  const removed = await follow([record], undefined, versionOf())
  expect(removed.batches.flat().map(({ proof }) => proof)).toEqual([
    { kind: 'broken', refusal: 'unknown-key' },
  ])
})

test('the client that the version declares for an edge goes to the store', async () => {
  const { batches } = await follow(
    [recordOf(report('edge-1'), 0), recordOf(report('other'), 1)],
    undefined,
    versionOf([], ['edge-*']),
  )
  expect(batches.flat().map(({ declared }) => declared)).toEqual(['payments-edge', undefined])
})

test('while the version in force is missing no report is kept', async () => {
  const { record } = await signedRecord()
  const missing = (): never => {
    throw new Error('not loaded')
  }
  await expect(follow([record], undefined, missing)).rejects.toThrow('not loaded')
})

test('a report that is ignored is counted each time, and its edge named once', async () => {
  const ignored = [1, 2].map(() => ({ edge: 'e', refusal: 'unsigned' }) as const)
  const { refused } = await follow([recordOf(report('e'), 0)], () => ({ ignored }))
  expect(refused).toEqual([
    ['ignored', 'unsigned', 'e'],
    ['ignored', 'unsigned', undefined],
  ])
})

test('refused requests count, unless the report is ignored', async () => {
  const route = { tenant: 'acme', audience: 'payments', route: 'POST /approve' }
  const refused = [{ ...route, claims: ['groups'], requests: 2 }]
  const record = recordOf({ ...report('e'), refused }, 0)
  const ignored = [{ edge: 'e', refusal: 'unsigned' }] as const
  expect((await follow([record])).refusing).toMatchObject([{ ...route, perSecond: 2 }])
  expect((await follow([record], () => ({ ignored }))).refusing).toEqual([])
})

test('each console counts the refused requests of all reports, also of those that another one stored', async () => {
  const refused = [
    { tenant: 'acme', audience: 'payments', route: '-', claims: ['groups'], requests: 2 },
  ]
  const records = ['a', 'b'].map((edge, n) => recordOf({ ...report(edge), refused }, n))
  const stored = new Set<string>()
  const once: Found = (reports) => ({
    counted: reports.filter(({ report: { edge } }) => stored.size < stored.add(edge).size),
  })
  const [first, second] = [await follow(records, once), await follow(records, once)]
  expect(first.refusing).toMatchObject([{ perSecond: 4 }])
  expect(second.refusing).toEqual(first.refusing)
  // Control: a console that reads one record has one.
  expect((await follow(records.slice(0, 1), once)).refusing).toMatchObject([{ perSecond: 2 }])
})

test('a signature that proves nothing is named where the report counts as unsigned', async () => {
  const { record } = await signedRecord()
  const { refused } = await follow([record, record], (counted) => ({ counted }))
  expect(refused).toEqual([['unproven', 'unknown-key', 'e']])
  expect((await follow([record])).refused).toEqual([])
})
