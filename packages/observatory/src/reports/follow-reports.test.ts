import { encodeEdgeReport, type EdgeReport, type LogReader, type LogRecord } from '@freshet/events'
import { expect, test } from 'vitest'
import { REPORTS_MAX, type ReceivedReport } from '../observatory-store.ts'
import { ReportHorizon } from '../sli/report-horizon.ts'
import { followReports } from './follow-reports.ts'

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

/** Follows these records as one lot. */
async function follow(records: readonly LogRecord[]) {
  const batches: (readonly ReceivedReport[])[] = []
  const unreadable: (string | undefined)[] = []
  const horizon = new ReportHorizon()
  const store = {
    record: async (reports: readonly ReceivedReport[]) => {
      batches.push(reports)
      return { counted: [], exposed: [] }
    },
  }
  const counts = {
    staleAllows: () => {},
    evictions: () => {},
    unreadable: (edge: string | undefined) => void unreadable.push(edge),
  }
  const end = BigInt(records.length)
  const reader = {
    bounds: async () => [{ partition: 0, earliest: 0n, end }],
    follow: async (_topic: string, _from: unknown, follower: Parameters<LogReader['follow']>[2]) =>
      follower.onRecords(0, records, end),
  } as unknown as LogReader
  const clock = { nowMs: () => 5_000, monotonicMs: () => 0 }
  await followReports({ store, horizon, counts, clock }, reader, new AbortController().signal)
  return { batches, unreadable, untilMs: horizon.untilMs }
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
