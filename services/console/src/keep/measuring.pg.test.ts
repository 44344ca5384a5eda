import { FreshetError } from '@freshet/protocol'
import { createObservatory, stateReader, type TurnResult } from '@freshet/insight'
import type { SampleOrigin } from '@freshet/protocol/slo'
import { quietRests } from '@freshet/reconciler'
import { postgresObservatoryStore, postgresSliStore } from '@freshet/postgres'
import { createMetrics, sliMetrics, statusMetrics } from '@freshet/telemetry'
import {
  acmeRegistry,
  loggedChange,
  ManualClock,
  MEASURED_SLOS as slos,
  sliReport,
} from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepMeasuring, onceRecorded } from './keep-measuring.ts'
import { keepTokens } from './keep-tokens.ts'
import { recordMetrics } from './record-metrics.ts'
import { recordState } from './record-state.ts'
import { consoleOn } from '../../../../test/setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'

const MINUTE_MS = 60_000
const trouble = new FreshetError('database.unavailable', 'planned')

let clock: ManualClock
let database: FreshDatabase
let startMs: number
const parts = () => {
  const store = postgresObservatoryStore(database.system, clock)
  const slis = postgresSliStore(database.system)
  const observatory = createObservatory({ store, slis, clock })
  const bounds = () => Promise.resolve([{ partition: 3, earliest: 0n, end: 12n }])
  const record = { appendedAtMs: clock.nowMs() - 1_500 }
  const reader = { bounds, read: () => Promise.resolve([record as never]) }
  const loaded = () => ({ registry: acmeRegistry(), hash: 'h' })
  return { store, slis, slos, observatory, reader, loaded, clock, timer: clock }
}

beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  const text =
    emptied(`change_log, edge, edge_apply, edge_minute, edge_start, progress, change_sample,
    slo_minute, sli_cursor, sli_minute`)
  await database.db.query({ name: '', text })
  clock = new ManualClock()
  startMs = clock.nowMs()
  await recordedTo(5n)
})

async function recordedTo(nextOffset: bigint): Promise<void> {
  const text = `INSERT INTO progress (partition, e, next_offset, active_pv, active_hash, minimum_pv)
    VALUES (3, 1, $1, 1, 'h', 1) ON CONFLICT (partition) DO UPDATE SET next_offset = $1`
  await database.db.query({ name: '', text }, [nextOffset])
}

/** Moves the clock, and waits until the loop has done its work and rests again. */
async function advance(ms: number): Promise<void> {
  await clock.advance(ms)
  await vi.waitFor(() => expect(clock.sleeping).toBe(1), { timeout: 20_000, interval: 1 })
}

/** Measures for a while, while a change is recorded that one edge applies in 40 ms. */
async function measure(record: (result: TurnResult) => void): Promise<void> {
  const { store, ...all } = parts()
  const stop = new AbortController()
  let turns = 0
  const slis = {
    inTurn: (work: Parameters<typeof all.slis.inTurn>[0]) => {
      turns += 1
      return turns === 2 ? Promise.reject(trouble) : all.slis.inTurn(work)
    },
  } as typeof all.slis
  const failed: unknown[] = []
  const onTrouble = (error: unknown): void => void failed.push(error)
  await store.record([{ report: sliReport({}, { applied: 9n }), reportedAtMs: startMs - 500 }])
  const rests = quietRests(clock)
  const measuring = { ...all, slis, rest: rests.ofLoop(), onMeasured: record, onTrouble }
  const kept = keepMeasuring(measuring, stop.signal)
  await advance(0)
  const times = { occurredAtMs: startMs + 30, appendedAtMs: startMs, receivedAtMs: startMs + 2 }
  const later = { appliedAtMs: startMs + 5, publishedAtMs: startMs + 10, offset: 5n }
  await seedChange(database.db, loggedChange({ ...times, ...later }))
  await recordedTo(6n)
  const apply = { upTo: 12n, appendedAtMs: startMs + 10, appliedAtMs: startMs + 40 }
  await store.record([
    { report: sliReport({}, { applied: 12n, applies: [apply] }), reportedAtMs: startMs + 60 },
  ])
  rests.note()
  for (let turn = 0; turn < 8; turn += 1) await advance(250)
  stop.abort()
  await kept
  expect(failed).toEqual([trouble])
}

/** Returns the times of turns within 5.5 s in which nothing is recorded, or one change after 2.5 s. */
async function quietTurns(isNoted: boolean): Promise<readonly number[]> {
  const { slis, ...all } = parts()
  const stop = new AbortController()
  const turns: number[] = []
  const counted = {
    inTurn: (work: Parameters<typeof slis.inTurn>[0]) => {
      turns.push(clock.monotonicMs())
      return slis.inTurn(work)
    },
  } as typeof slis
  const rests = quietRests(clock)
  const pipelineSeen = onceRecorded(rests.note)
  const callbacks = { rest: rests.ofLoop(), onMeasured: () => {}, onTrouble: () => {} }
  const kept = keepMeasuring({ ...all, slis: counted, ...callbacks }, stop.signal)
  pipelineSeen({ latest: null })
  await advance(0)
  await advance(2_500)
  pipelineSeen({ latest: isNoted ? loggedChange({ id: 'c1' }) : null })
  await advance(0)
  await advance(3_000)
  stop.abort()
  await kept
  return turns
}

describe('what is measured', () => {
  it('is looked for once a change was recorded', async () => {
    expect(await quietTurns(true)).toEqual([0, 2_500])
  })

  it('control: is looked for every 5 s where none was', async () => {
    expect(await quietTurns(false)).toEqual([0, 5_000])
  })

  it('is told once by turns, goes on after trouble, and stands in the metrics as it is stored', async () => {
    const metrics = createMetrics({ version: '1', commit: 'c' })
    await measure(recordMetrics(sliMetrics(metrics)))
    const { text } = await metrics.exposition()
    const lines = text.split('\n')
    const of = 'class="reduce",origin="live"'
    for (const line of [
      `freshet_change_complete_duration_seconds_sum{${of}} 0.04`,
      `freshet_change_complete_duration_seconds_count{${of}} 1`,
      `freshet_edge_apply_duration_seconds_sum{${of}} 0.04`,
      'freshet_stage_duration_seconds_sum{stage="edge_apply",class="reduce"} 0.03',
      'freshet_stage_duration_seconds_sum{stage="publish",class="reduce"} 0.005',
      'freshet_stage_duration_seconds_sum{stage="ingest",class="reduce"} 0.002',
      'freshet_stage_duration_seconds_count{stage="source",class="reduce"} 1',
      'freshet_clock_skew_negative_total{source="hr"} 1',
      'freshet_clock_skew_seconds{source="hr"} -0.03',
      'freshet_changes_checked_total 1',
      'freshet_changes_unfinished_total 0',
    ])
      expect(lines).toContain(line)
    const [sample] = await parts().slis.samplesOf(['c1'])
    expect(sample).toMatchObject({ completeMs: 40, slowest: 'edge-1' })
  })

  it('says how fast a source is by its live changes alone, as the objective does', async () => {
    const metrics = createMetrics({ version: '1', commit: 'c' })
    const record = recordMetrics(sliMetrics(metrics))
    const of = { source: 'hr', class: 'reduce', appendedAtMs: 9, receivedAtMs: 10 }
    const ingested = { ...of, commitToAppendMs: 7, isOpen: false, isInTime: true }
    const sample = (origin: SampleOrigin) => ({ ...ingested, origin })
    const origins: readonly SampleOrigin[] = ['live', 'probe', 'replay', 'backfill']
    const none = { measured: [], after: null, isGrouped: false, isMore: false, isQuiet: false }
    record({ ...none, ingested: origins.map(sample) })
    const { text } = await metrics.exposition()
    // An activation has no commit at a source, so its delay is in no figure.
    const activation = { ...sample('live'), source: 'freshet', class: null, commitToAppendMs: null }
    record({ ...none, ingested: [activation] })
    expect((await metrics.exposition()).text).not.toContain('source="freshet"')
    const counts = (stage: string) =>
      text.match(new RegExp(`_count\\{stage="${stage}",class="reduce"\\} (\\d+)`))?.[1]
    expect([counts('source'), counts('ingest')]).toEqual(['1', '4'])
  })

  it('is answered by name, with what burned it and what was last; an unknown name is 404', async () => {
    await measure(() => {})
    const ask = asking()
    expect(await ask('/v1/slos/complete')).toMatchObject({
      status: 200,
      body: { name: 'complete', good: 1, valid: 1, ratio: 1, budgetRemaining: 1, state: 'met' },
    })
    const { body } = await ask('/v1/slos/complete')
    expect(body).toMatchObject({
      history: [{ good: 1, valid: 1 }],
      worst: [],
      latest: [{ kind: 'change', id: 'c1', completeMs: 40, edges: 1 }],
    })
    expect((await ask('/v1/slos/other')).status).toBe(404)
    expect(await ask('/v1/slos')).toMatchObject({
      body: {
        items: [{ state: 'met' }, {}, { name: 'fresh', state: 'no-data', ratio: null }, {}, {}],
      },
    })
    expect(await ask('/v1/changes/c1')).toMatchObject({ body: { items: [{ completeMs: 40 }] } })
  })

  it('of edges and lag is told by partition, with decisions of the last whole minute', async () => {
    const { store } = parts()
    await store.record([{ report: sliReport({}, { applied: 9n }), reportedAtMs: startMs }])
    await clock.advance(MINUTE_MS)
    await store.record([{ report: sliReport({}, { applied: 9n }), reportedAtMs: clock.nowMs() }])
    const ask = asking()
    const behind = { position: '9', head: '12', records: '3', behindMs: 40 }
    expect(await ask('/v1/edges')).toMatchObject({
      body: {
        items: [
          {
            edge: 'edge-1',
            rates: { allow: 0.017 },
            partitions: [{}, { partition: 3, ...behind }],
          },
        ],
      },
    })
    expect(await ask('/v1/lag')).toMatchObject({
      body: {
        recording: [{ partition: 3, position: '5', head: '12', records: '7', behindMs: 1_500 }],
        edges: [{ partition: 0 }, { edge: 'edge-1', partition: 3, ...behind }],
      },
    })
  })

  it('of edges names the sources that they cannot vouch for, and why they denied requests', async () => {
    const { store } = parts()
    const report = sliReport({
      decisions: { allow: 0, deny: 90, challenge: 0 },
      denied: { stale: 24, unverified: 60, insufficient: 6, other: 0 },
      unverified: {
        isOutOfView: false,
        sources: [{ tenant: 'acme', source: 'hr', sinceMs: startMs - 14_000 }],
        more: 0,
      },
    })
    await store.record([{ report, reportedAtMs: startMs }])
    await clock.advance(MINUTE_MS)
    const ask = asking()
    const since = new Date(startMs - 14_000).toISOString()
    const denied = { stale: 0.4, unverified: 1, insufficient: 0.1, other: 0 }
    expect(await ask('/v1/edges')).toMatchObject({
      body: {
        items: [
          {
            unverified: { isOutOfView: false, sources: [{ source: 'hr', since }], more: 0 },
            rates: { deny: 1.5, denied },
          },
        ],
      },
    })
    const minutes: unknown = expect.arrayContaining([
      expect.objectContaining({ denied: { stale: 24, unverified: 60, insufficient: 6, other: 0 } }),
    ])
    expect(await ask('/v1/edges/edge-1')).toMatchObject({ body: { minutes } })
  })

  it('of the standing is kept in gauges', async () => {
    const metrics = createMetrics({ version: '1', commit: 'c' })
    const { store, ...all } = parts()
    await store.record([{ report: sliReport({}, { applied: 9n }), reportedAtMs: startMs }])
    const kinds = [{ tenant: 'acme', audience: 'a', client: 'c', claims: ['groups'], tokens: 4 }]
    const evidence = { outstanding: async () => ({ kinds, isComplete: true }) }
    const stop = new AbortController()
    const statuses = statusMetrics(metrics)
    const counted = { ...all, evidence, metrics: statuses, onTrouble: () => {} }
    const kept = keepTokens(counted, stop.signal)
    await advance(0)
    stop.abort()
    await kept
    const reads = stateReader({ ...all, store })
    const state = await reads.read(acmeRegistry())
    recordState(statuses)({ ...state, recording: await reads.recordingLag(state) })
    const lines = (await metrics.exposition()).text.split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'freshet_edges{state="synced"} 1',
        'freshet_edges{state="stale"} 0',
        'freshet_consumer_time_lag_seconds{topic="freshet.changes.v1",partition="3"} 1.5',
        'freshet_consumer_time_lag_seconds{topic="freshet.revocations.v1",partition="3"} 0.04',
        'freshet_tokens_outstanding{class="reduce"} 4',
      ]),
    )
  })
})

const asking = () => consoleOn(database, clock, parts()).ask
