import {
  HealthWatch,
  SkewWatch,
  stateReader,
  type PipelineRows,
  type StateStore,
} from '@freshet/insight'
import type { SloJson } from '@freshet/insight/answers'
import { feedCondition, FreshetError, SILENT_FEED } from '@freshet/protocol'
import { acmeRegistry, ManualClock, notedReads } from '@freshet/testkit'
import type { LogReader, Timer } from '@freshet/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import { briefReader } from './brief-reader.ts'
import { briefStore } from './brief-store.ts'
import { keepHealth, type HealthParts } from './keep-health.ts'
import { ServiceStates } from './service-states.ts'
import { SlowFigures } from './slow-figures.ts'

const HASH = 'h'
const services = new Map([['reconciler', 'http://reconciler.test']])

let clock: ManualClock
/** The rows of the database. */
let rows: PipelineRows
let watch: HealthWatch
let isReady: boolean
let bounds: LogReader['bounds']
let trouble: unknown[]
let slos: () => Promise<readonly SloJson[]>
let slow: SlowFigures
let onState: NonNullable<HealthParts['onState']>
let stop: AbortController

beforeEach(() => {
  clock = new ManualClock()
  rows = NO_ROWS
  watch = new HealthWatch(clock.nowMs())
  isReady = true
  bounds = async () => [{ partition: 0, earliest: 0n, end: 4n }]
  trouble = []
  slos = async () => []
  onState = async () => {}
  stop = new AbortController()
})

const NO_ROWS: PipelineRows = {
  partitions: [],
  feeds: [],
  missed: [],
  contradictions: [],
  doubts: [],
  omitted: [],
  latest: null,
  grants: [],
}

/** Returns a database without edges. */
const storeOfRows = (): StateStore => ({
  pipeline: async () => rows,
  edges: async () => [],
  uncountedEdges: async () => 0,
})

/** Writes that everything happened now. */
function writeHeartbeats(): void {
  const policy = { activePv: 1, activeHash: HASH, minimumPv: 1 }
  const at = { partition: 0, e: 1n, nextOffset: 4n, publishedAtMs: clock.nowMs(), waiting: 0 }
  const feed = { tenant: 'acme', partition: 0, throughMs: clock.nowMs() }
  const condition = feedCondition(SILENT_FEED)
  const sources = [...acmeRegistry().sources.keys()]
  const feeds = sources.map((source) => ({ ...feed, source, condition }))
  rows = { ...NO_ROWS, partitions: [{ ...policy, ...at }], feeds }
}

/** Judges until the test ends; `store` is the way to the database. */
function judge(store = storeOfRows(), timer: Timer = clock): Promise<void> {
  const reader = briefReader({ bounds: (topic) => bounds(topic), read: async () => [] }, clock)
  const state = stateReader({ store: briefStore(store, store, clock), clock, reader })
  const quarantine = { counts: async () => [] }
  slow = new SlowFigures({ state, quarantine, slos: () => slos(), timer: clock })
  return keepHealth(
    {
      watch,
      state,
      slow,
      loaded: () => ({ registry: acmeRegistry(), hash: HASH }),
      services: new ServiceStates(services, async () => ({
        state: isReady ? 'ready' : 'no-answer',
      })),
      skew: new SkewWatch(),
      timer,
      onState: (seen) => onState(seen),
      onTrouble: (error) => void trouble.push(error),
    },
    stop.signal,
  )
}

const shown = (): readonly unknown[] => {
  const { state, causes } = watch.at(clock.nowMs())
  return [state, ...causes.map(({ finding, object }) => `${finding} ${object}`)]
}

describe('the verdict of a console', () => {
  it('follows the services, and comes back', async () => {
    writeHeartbeats()
    const judged = judge()
    await clock.advance(1_000)
    expect(shown()).toEqual(['degraded', 'noEdge edges'])
    isReady = false
    writeHeartbeats()
    await clock.advance(1_000)
    expect(shown()).toEqual(['not-fresh', 'serviceDown reconciler', 'noEdge edges'])
    isReady = true
    writeHeartbeats()
    await clock.advance(1_000)
    expect(shown()).toEqual(['degraded', 'noEdge edges'])
    stop.abort()
    await judged
  })

  it('names a broker that hangs, after a second', async () => {
    writeHeartbeats()
    bounds = () => new Promise(() => {})
    const judged = judge()
    await clock.advance(2_000)
    expect(shown()).toEqual(['not-fresh', 'lagUnknown broker'])
    stop.abort()
    await clock.advance(8_000)
    await judged
  })

  it('does not wait for the slow figures', async () => {
    slos = () => new Promise(() => {})
    void judge()
    await clock.advance(9_000)
    writeHeartbeats()
    await clock.advance(1_000)
    expect(shown()).toEqual(['degraded', 'noEdge edges'])
  })

  it('names a budget that burns once it is measured, without another look', async () => {
    writeHeartbeats()
    const judged = judge()
    await clock.advance(2_300)
    slos = async () => [{ name: 'reduce-2s', state: 'burning', alert: 'page' } as SloJson]
    expect(shown()).toEqual(['degraded', 'noEdge edges'])
    slow.measured()
    await clock.advance(0)
    expect(shown()).toEqual(['degraded', 'noEdge edges', 'budgetFast reduce-2s'])
    stop.abort()
    await judged
  })

  it('is unknown while the database is away, with one line in the log', async () => {
    writeHeartbeats()
    const store = storeOfRows()
    const away = new FreshetError('database.unavailable', 'planned')
    const judged = judge({ ...store, pipeline: () => Promise.reject(away) })
    await clock.advance(3_000)
    expect(shown()).toEqual(['unknown', 'databaseAway database'])
    expect(trouble).toEqual([away])
    stop.abort()
    await judged
  })

  it('reads each table once a second, and hands the state to all who need it', async () => {
    writeHeartbeats()
    const reads: string[] = []
    const store = notedReads(storeOfRows(), reads)
    const seen: number[] = []
    onState = async ({ pipeline, recording }) =>
      void seen.push(pipeline.sources.length, recording.length)
    const judged = judge(store)
    await clock.advance(4_999)
    stop.abort()
    await judged
    const read = (name: string): number => reads.filter((each) => each === name).length
    expect([read('pipeline'), read('edges'), new Set(reads).size]).toEqual([5, 5, 2])
    const sources = acmeRegistry().sources.size
    expect(seen.slice(2)).toEqual(Array.from({ length: 4 }, () => [sources, 1]).flat())
  })

  it.each([
    [75_000, 1],
    // Control: a process that is only late hands on the state.
    [100, 2],
  ])('hands on no state that was asked for before a stop of %i ms', async (stoppedMs, handedOn) => {
    writeHeartbeats()
    let skippedMs = 0
    const timer: Timer = {
      nowMs: () => clock.nowMs() + skippedMs,
      monotonicMs: () => clock.monotonicMs() + skippedMs,
      sleep: (ms, signal) => clock.sleep(ms, signal),
    }
    const store = storeOfRows()
    let handed = 0
    onState = async () => void (handed += 1)
    let isHeld = false
    let answer = (): void => {}
    const held = (): ReturnType<typeof store.pipeline> =>
      new Promise((resolve) => (answer = () => void store.pipeline().then(resolve)))
    const judged = judge({ ...store, pipeline: () => (isHeld ? held() : store.pipeline()) }, timer)
    await clock.advance(500)
    isHeld = true
    await clock.advance(500)
    skippedMs = stoppedMs
    answer()
    await clock.advance(0)
    expect(handed).toBe(handedOn)
    stop.abort()
    answer()
    await clock.advance(1_000)
    await judged
  })

  it('does not wait for those who get the state, and hands it to them one at a time', async () => {
    writeHeartbeats()
    let handed = 0
    let end = (): void => {}
    onState = () => {
      handed += 1
      return new Promise((resolve) => (end = resolve))
    }
    const judged = judge()
    await clock.advance(2_000)
    expect([handed, shown()]).toEqual([1, ['degraded', 'noEdge edges']])
    end()
    await clock.advance(1_000)
    expect(handed).toBe(2)
    stop.abort()
    end()
    await judged
  })

  it('names a database that hangs, within 2 s, and is back with it', async () => {
    writeHeartbeats()
    const store = storeOfRows()
    let isHung = false
    const judged = judge({
      ...store,
      pipeline: () => (isHung ? new Promise(() => {}) : store.pipeline()),
    })
    await clock.advance(100)
    isHung = true
    writeHeartbeats()
    await clock.advance(1_899)
    expect(shown()).toEqual(['degraded', 'noEdge edges'])
    await clock.advance(1)
    expect(shown()).toEqual(['unknown', 'databaseAway database'])
    isHung = false
    writeHeartbeats()
    await clock.advance(1_000)
    expect(shown()).toEqual(['degraded', 'noEdge edges'])
    stop.abort()
    await judged
  })

  it('does not change with one read that hangs', async () => {
    writeHeartbeats()
    const store = storeOfRows()
    let reads = 0
    const once = (): ReturnType<typeof store.pipeline> =>
      (reads += 1) === 2 ? new Promise(() => {}) : store.pipeline()
    const judged = judge({ ...store, pipeline: once })
    for (let tenths = 0; tenths < 40; tenths += 1) {
      await clock.advance(100)
      writeHeartbeats()
      expect(shown()).toEqual(['degraded', 'noEdge edges'])
    }
    expect(reads).toBe(6)
    stop.abort()
    await judged
  })
})
