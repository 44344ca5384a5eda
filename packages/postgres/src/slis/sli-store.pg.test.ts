import {
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  latencyBucket,
  MINUTE_MS,
  NEVER_MS,
  PROBE_NAME,
  UNSEEN_VIEW_MS,
} from '@freshet/protocol/slo'
import type { EdgeReport } from '@freshet/wire'
import { measureTurn, type LoggedChange, type OpenPlace, type TurnResult } from '@freshet/insight'
import {
  acmeRegistry,
  loggedChange,
  MEASURED_SLOS as SLOS,
  SLI_NOW_MS as NOW,
  sliReport as report,
} from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { sliStores, sliSums, type SliUnderTest } from '../../../../test/setup/sli-stores.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

describe('the store of measurements', () => {
  let under: SliUnderTest
  let after: OpenPlace | null
  beforeEach(async () => {
    under = await sliStores(database)
    after = null
    await under.recordedTo(3, 1n, 5n)
    await turn(NOW)
  })

  async function turn(nowMs: number, horizonMs: number | null = nowMs): Promise<TurnResult> {
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
    const parts = { clock, slos: SLOS, registry: acmeRegistry(), horizonMs, after }
    const result = await under.sli.inTurn((one) => measureTurn(one, parts))
    if (result === undefined) throw new Error('another measures')
    after = result.after
    return result
  }
  const sums = (nowMs = NOW): Promise<Record<string, string>> => sliSums(under, nowMs)
  const change = (more: Partial<LoggedChange> = {}): LoggedChange =>
    loggedChange({
      offset: 5n,
      occurredAtMs: NOW - 90,
      appendedAtMs: NOW,
      receivedAtMs: NOW + 2,
      appliedAtMs: NOW + 5,
      publishedAtMs: NOW + 10,
      revocationOffset: 9n,
      ...more,
    })
  const record = async (each: EdgeReport, reportedAtMs: number): Promise<void> =>
    void (await under.observatory.record([{ report: each, reportedAtMs }]))
  const live = (edge = 'edge-1', atMs = NOW - 500, applied = 9n): Promise<void> =>
    record(report({ edge }, { applied }), atMs)
  const applied = (edge: string, afterMs: number): Promise<void> => {
    const applies = [{ upTo: 12n, appendedAtMs: NOW + 10, appliedAtMs: NOW + 10 + afterMs }]
    return record(report({ edge }, { applied: 12n, applies }), NOW + 900)
  }

  test('has no delay at a source for an activation, which no source commits', async () => {
    await turn(NOW)
    const activation = { kind: 'activate', source: 'freshet', occurredAtMs: 0 } as const
    await under.seedChange(change({ ...activation, id: 'activate-1', tightened: false }))
    await under.recordedTo(3, 1n, 6n)
    const { ingested } = await turn(NOW + 1_000)
    expect(ingested.map(({ commitToAppendMs }) => commitToAppendMs)).toEqual([null])
    expect(Object.keys(await sums()).filter((key) => key.startsWith('ingest'))).toEqual([])
  })

  test('measures what is recorded from its first turn on, and each change once', async () => {
    await live()
    await under.seedChange(change({ offset: 4n, id: 'before' }))
    await under.seedChange(change())
    await under.recordedTo(3, 1n, 6n)
    await applied('edge-1', 30)
    const first = await turn(NOW + 1_000)
    expect(first.ingested.map(({ commitToAppendMs }) => commitToAppendMs)).toEqual([90])
    expect(first.measured).toEqual([])
    const { measured } = await turn(NOW + 1_250)
    expect(measured.map(({ sample }) => sample)).toEqual([
      {
        tenant: 'acme',
        source: 'hr',
        id: 'c1',
        partition: 3,
        class: 'reduce',
        origin: 'live',
        appendedAtMs: NOW,
        closedAtMs: NOW + 1_250,
        completeMs: 40,
        edges: 1,
        isUpperBound: false,
        slowest: 'edge-1',
        missing: [],
      },
    ])
    await under.recordedTo(3, 1n, 7n)
    await turn(NOW + 1_500)
    expect(await sums()).toEqual({
      'complete live': '1/1',
      'apply live': '1/1',
      'ingest live': '1/1',
      'coverage live': '1/1',
    })
    expect(await under.sli.samplesOf(['c1'])).toEqual([measured[0]?.sample])
  })

  test('what is not committed of a turn is measured by the next one', async () => {
    await live()
    await under.seedChange(change())
    await under.recordedTo(3, 1n, 6n)
    await applied('edge-1', 30)
    await turn(NOW + 1_000)
    const planned = new Error('planned')
    const failing = under.sli.inTurn(async (one) => {
      const clock = { nowMs: () => NOW + 1_250, monotonicMs: () => 0 }
      const parts = { clock, slos: SLOS, registry: acmeRegistry(), horizonMs: null, after: null }
      expect((await measureTurn(one, parts)).measured).toHaveLength(1)
      throw planned
    })
    await expect(failing).rejects.toBe(planned)
    expect((await turn(NOW + 1_500)).measured).toHaveLength(1)
    expect(await sums()).toMatchObject({ 'complete live': '1/1' })
  })

  test('one measures at a time', async () => {
    const done = await under.sli.inTurn(async () => {
      expect(await under.sli.inTurn(async () => 'second')).toBeUndefined()
      return 'first'
    })
    expect(done).toBe('first')
  })

  test('a change stays open while an edge may serve, and is closed when its lease is out', async () => {
    await live('edge-1', NOW - 500)
    await live('edge-2', NOW - 500)
    await under.seedChange(change())
    await under.recordedTo(3, 1n, 6n)
    await applied('edge-1', 30)
    await turn(NOW + 1_000)
    expect((await turn(NOW + 3_000)).measured).toEqual([])
    // Its view was 40 ms old half a second before the append, and HR's lease is five seconds.
    const [closed] = (await turn(NOW + 6_000)).measured
    expect(closed?.sample).toMatchObject({ completeMs: 4_460, edges: 2, slowest: 'edge-2' })
    expect(await sums()).toMatchObject({ 'complete live': '0/1', 'apply live': '1/2' })
  })

  test('a console that has not read the reports takes no edge for closed', async () => {
    await live()
    await under.seedChange(change())
    await under.recordedTo(3, 1n, 6n)
    await turn(NOW + 1_000)
    expect((await turn(NOW + 60_000, null)).measured).toEqual([])
    expect((await turn(NOW + 60_000, NOW + 2_000)).measured).toEqual([])
    expect((await turn(NOW + 60_000, NOW + 59_000)).measured).toHaveLength(1)
  })

  test('at the deadline an edge that serves on is missing, and the worst comes first', async () => {
    await live()
    await under.seedChange(change())
    await under.seedChange(change({ id: 'c2', offset: 6n, revocationOffset: 11n }))
    await under.recordedTo(3, 1n, 7n)
    await record(
      report(
        {},
        {
          applied: 11n,
          applies: [{ upTo: 11n, appendedAtMs: NOW + 10, appliedAtMs: NOW + 3_000 }],
        },
      ),
      NOW + 3_100,
    )
    await turn(NOW + 3_200)
    await turn(NOW + 3_400)
    const late = NOW + 902_000
    await live('edge-1', late - 100, 11n)
    await turn(late)
    const filter = { class: 'reduce', origins: ['live' as const], sinceMs: 0 }
    const worst = await under.sli.samples({ ...filter, overMs: 2_000 }, 10)
    expect(worst.map(({ id, completeMs, missing }) => [id, completeMs, missing])).toEqual([
      ['c2', null, ['edge-1']],
      ['c1', 3_000, []],
    ])
    expect((await under.sli.samples(filter, 1)).map(({ id }) => id)).toEqual(['c2'])
    expect(await under.sli.samples({ ...filter, class: 'kill' }, 10)).toEqual([])
    expect(await sums(late)).toMatchObject({ 'complete live': '0/2', 'coverage live': '1/2' })
  })

  test('an edge that became live behind a change does not count for it', async () => {
    await live('edge-1')
    await live('edge-2', NOW + 400)
    await under.seedChange(change())
    await under.recordedTo(3, 1n, 6n)
    await applied('edge-1', 30)
    await turn(NOW + 1_000)
    const { measured } = await turn(NOW + 1_250)
    expect(measured.map(({ sample }) => sample.edges)).toEqual([1])
  })

  test('an edge that closes, or starts again, counts from its next live report', async () => {
    const since = async () => (await under.observatory.edges(0)).map((edge) => edge.liveSinceMs)
    await live('edge-1', NOW)
    await live('edge-1', NOW + 1_000)
    expect(await since()).toEqual([NOW])
    await record(report({ state: 'closing' }), NOW + 2_000)
    expect(await since()).toEqual([null])
    await record(report({ state: 'starting' }), NOW + 3_000)
    await live('edge-1', NOW + 4_000)
    expect(await since()).toEqual([NOW + 4_000])
  })

  test('a new incarnation is measured from its beginning', async () => {
    await under.seedChange(change({ e: 2n, offset: 0n, id: 'anew', tightened: false }))
    await under.recordedTo(3, 2n, 1n)
    const { ingested } = await turn(NOW + 1_000)
    expect(ingested).toHaveLength(1)
  })

  test('what comes in a full statement is of its own origin', async () => {
    const of = { tightened: false, op: null }
    await under.seedChange(change({ ...of, id: 'begin', kind: 'snapshot-begin', offset: 5n }))
    await under.seedChange(change({ ...of, id: 's1', op: 'set', offset: 6n }))
    await under.recordedTo(3, 1n, 7n)
    await turn(NOW + 1_000)
    await under.seedChange(change({ ...of, id: 's2', op: 'set', offset: 7n }))
    await under.seedChange(change({ ...of, id: 'event', op: 'remove', offset: 8n }))
    await under.seedChange(change({ ...of, id: 'end', kind: 'snapshot-end', offset: 9n }))
    await under.seedChange(change({ ...of, id: 's3', op: 'set', offset: 10n }))
    await under.recordedTo(3, 1n, 11n)
    const { ingested } = await turn(NOW + 2_000)
    expect(ingested.map(({ origin }) => origin)).toEqual(['backfill', 'live', 'backfill', 'live'])
  })

  test('a report that is read again is counted once', async () => {
    await live('edge-1', NOW + 1_000)
    await live('edge-1', NOW + 1_000)
    await live('edge-1', NOW + 500)
    const minutes = await under.sli.edgeMinutes([NOW], ['edge-1'])
    expect(minutes).toMatchObject([{ allows: 1, oldestMs: 40 }])
  })

  test('sums are of spans that end now, and history is of spans of its own', async () => {
    const count = { slo: 'probe', origin: 'probe' as const, good: 1, valid: 2 }
    await under.sli.add([{ ...count, minuteMs: NOW }])
    await under.sli.add([
      { ...count, minuteMs: NOW },
      { ...count, minuteMs: NOW - 10 * MINUTE_MS },
    ])
    const found = await under.sli.sums(NOW + 1, [3_600_000, 300_000])
    expect(found.toSorted((a, b) => a.spanMs - b.spanMs)).toEqual([
      { slo: 'probe', origin: 'probe', spanMs: 300_000, good: 2, valid: 4, measuredMs: 1 },
      {
        slo: 'probe',
        origin: 'probe',
        spanMs: 3_600_000,
        good: 3,
        valid: 6,
        measuredMs: 10 * MINUTE_MS + 1,
      },
    ])
    const of = { sinceMs: NOW - 3_600_000, stepMs: 5 * MINUTE_MS }
    expect(await under.sli.history('probe', ['probe'], of)).toHaveLength(2)
    expect(await under.sli.history('probe', ['live'], of)).toEqual([])
  })

  test('a change that was recorded too late had not come to an end in time', async () => {
    const gain = { tightened: false, publishedAtMs: null, revocationOffset: null }
    await under.seedChange(change({ ...gain, appliedAtMs: NOW + 899_999 }))
    await under.seedChange(change({ ...gain, id: 'c2', offset: 6n, appliedAtMs: NOW + 900_000 }))
    await under.recordedTo(3, 1n, 7n)
    await turn(NOW + 901_000)
    expect(await sums(NOW + 901_000)).toMatchObject({ 'coverage live': '1/2' })
  })

  test('forgetting removes closed samples and minutes from before', async () => {
    await live()
    await under.seedChange(change())
    await under.recordedTo(3, 1n, 6n)
    await applied('edge-1', 30)
    await turn(NOW + 1_000)
    await turn(NOW + 1_250)
    await under.sli.forget(NOW + 1_250, 100)
    expect(await under.sli.samplesOf(['c1'])).toHaveLength(1)
    await under.sli.forget(NOW + MINUTE_MS, 100)
    expect([await under.sli.samplesOf(['c1']), await sums()]).toEqual([[], {}])
  })

  test('reports the times by stage, span and bucket, of the newest that ended', async () => {
    await live()
    await under.seedChange(change())
    await under.seedChange(change({ id: 'c2', offset: 6n, appendedAtMs: NOW + 1 }))
    await under.seedChange(change({ id: 'gain', offset: 7n, tightened: false }))
    await under.seedChange(change({ id: 'probe', offset: 8n, tenant: PROBE_NAME }))
    await under.recordedTo(3, 1n, 9n)
    await applied('edge-1', 30)
    await turn(NOW + 1_000)
    await turn(NOW + 1_250)
    const all = { sinceMs: NOW - 600_000, stepMs: 60_000, stage: null }
    const { cells, stages, isCut } = await under.sli.latency(all, 2)
    const at = { fromMs: NOW, changes: 2 }
    expect(cells).toEqual([
      { stage: 'source', bucket: latencyBucket(90), ...at },
      { stage: 'ingest', bucket: latencyBucket(1), fromMs: NOW, changes: 1 },
      { stage: 'ingest', bucket: latencyBucket(2), fromMs: NOW, changes: 1 },
      { stage: 'reconcile', bucket: latencyBucket(3), ...at },
      { stage: 'publish', bucket: latencyBucket(5), ...at },
      { stage: 'edge_apply', bucket: latencyBucket(30), ...at },
      { stage: 'complete', bucket: latencyBucket(40), ...at },
    ])
    expect(stages.map(({ stage }) => stage)).toEqual(LATENCY_STAGES)
    expect(stages[1]).toEqual({ stage: 'ingest', changes: 2, p50Ms: 1, p99Ms: 2, maxMs: 2 })
    expect(isCut).toBe(false)
    const one = await under.sli.latency({ ...all, stage: 'complete' }, 1)
    expect(one.stages.map(({ stage, changes }) => [stage, changes])).toEqual([['complete', 1]])
    expect(one.isCut).toBe(true)
    const later = await under.sli.latency({ ...all, sinceMs: NOW + 2 }, 9)
    expect(later).toEqual({ cells: [], stages: [], isCut: false })
  })

  test('a change that was never complete is beyond every bound', async () => {
    await live()
    await under.seedChange(change())
    await under.recordedTo(3, 1n, 6n)
    await turn(NOW + 1_000)
    const late = NOW + 902_000
    await live('edge-1', late - 100)
    await turn(late)
    const question = { sinceMs: NOW, stepMs: 60_000, stage: 'complete' as const }
    expect(await under.sli.latency(question, 9)).toMatchObject({
      cells: [{ fromMs: NOW, bucket: LATENCY_BOUNDS_MS.length, changes: 1 }],
      stages: [{ p50Ms: NEVER_MS, maxMs: NEVER_MS }],
    })
  })

  const until = NOW + MINUTE_MS + 2_000
  const starting = { state: 'starting', partitions: [] } as const

  test('edges are counted minute by minute, by the oldest that their view was', async () => {
    await live('edge-1', NOW + 1_000)
    await live('edge-1', NOW + 4_000)
    await live('edge-2', NOW + 1_000)
    await live('edge-2', NOW + 30_000)
    await live('edge-1', NOW + 59_000)
    await live('edge-1', NOW + 61_000)
    await turn(until)
    expect(await under.sli.blindest({ sinceMs: 0, overMs: 5_000 }, 10)).toEqual([
      { edge: 'edge-1', minutes: 1, oldestMs: 55_040 },
      { edge: 'edge-2', minutes: 1, oldestMs: 29_040 },
    ])
    expect(await sums(until)).toEqual({ 'fresh live': '0/2' })
    const minutesMs = [NOW + 2 * MINUTE_MS, NOW + MINUTE_MS, NOW]
    const minutes = await under.sli.edgeMinutes(minutesMs, ['edge-2', 'edge-3', 'edge-1'])
    expect(minutes.map(({ edge, minuteMs }) => [edge, minuteMs - NOW])).toEqual([
      ['edge-1', 0],
      ['edge-2', 0],
      ['edge-1', MINUTE_MS],
    ])
    expect(minutes[0]).toMatchObject({ allows: 3, denies: 6, challenges: 9 })
    expect(await under.sli.edgeMinutes([NOW], ['edge-2'])).toMatchObject([{ edge: 'edge-2' }])
  })

  test('an edge that starts serves nothing: its first minute is that of its live view', async () => {
    await record(report(starting), NOW + 1_000)
    await record(report(starting), NOW + 30_000)
    await live('edge-1', NOW + 59_000)
    await record(report({ ...starting, edge: 'edge-2' }), NOW + 59_000)
    await turn(until)
    const [minute] = await under.sli.edgeMinutes([NOW], ['edge-1'])
    expect(minute).toMatchObject({ oldestMs: 40 })
    expect(await sums(until)).toEqual({ 'fresh live': '1/1' })
  })

  test('control: an edge that is live without a view, and one that ended without a report, are bad', async () => {
    await record(report({ partitions: [] }), NOW + 59_000)
    await live('edge-2', NOW + 1_000)
    await record(report({ ...starting, edge: 'edge-2' }), NOW + 30_000)
    await live('edge-2', NOW + 59_000)
    await turn(until)
    const minutes = await under.sli.edgeMinutes([NOW], ['edge-1', 'edge-2'])
    expect(minutes.map(({ oldestMs }) => oldestMs)).toEqual([UNSEEN_VIEW_MS, 29_040])
    expect(await sums(until)).toEqual({ 'fresh live': '0/2' })
  })
})
