import type {
  ChangeSample,
  EdgeMinute,
  SliStore,
  LatencyCell,
  LatencyMap,
  LatencyQuestion,
  StageSummary,
} from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'
import { minuteKey } from '../observatory/memory-edge-reports.ts'
import { changeRowKey } from './memory-sli-rows.ts'
import { addCounts, countKey, memorySliTurn } from './memory-sli-turn.ts'
import { blindest, historyOf, samplesFor, sumsOf } from './memory-sli-reads.ts'
import { LATENCY_STAGES, latencyBucket, stageTimes, type LatencyStage } from '@freshet/protocol/slo'

const SAMPLES_OF_ONE_ID_MAX = 20

/** Creates the store of measurements in process. */
export function memorySliStore(database: MemoryDatabase): SliStore {
  let isTaken = false
  return {
    async inTurn(work) {
      if (isTaken) return undefined
      isTaken = true
      try {
        return await database.transaction(() => work(memorySliTurn(database)))
      } finally {
        isTaken = false
      }
    },
    add: (counts) => Promise.resolve(addCounts(database, counts)),
    sums: (nowMs, spansMs) => Promise.resolve(sumsOf(database.sloMinutes.values(), nowMs, spansMs)),
    history: (slo, origins, of) => {
      const own = database.sloMinutes
        .values()
        .filter((row) => row.slo === slo && origins.includes(row.origin))
      return Promise.resolve(historyOf(own, of))
    },
    samples: (question, limit) => Promise.resolve(samplesFor(closed(database), question, limit)),
    samplesOf: (ids) =>
      Promise.resolve(
        closed(database)
          .filter((sample) => ids.includes(sample.id))
          .slice(0, ids.length * SAMPLES_OF_ONE_ID_MAX),
      ),
    latency: (question, limit) => Promise.resolve(memoryLatencyIn(database, question, limit)),
    blindest: (question, limit) =>
      Promise.resolve(blindest(database.edgeMinutes.values(), question, limit)),
    edgeMinutes: (minutes, edges) => Promise.resolve(minutesOf(database, minutes, edges)),
    forget(beforeMs) {
      for (const row of closed(database))
        if (row.closedAtMs < beforeMs) database.changeSamples.delete(changeRowKey(row))
      for (const row of database.sloMinutes.values())
        if (row.minuteMs < beforeMs) database.sloMinutes.delete(countKey(row))
      return Promise.resolve()
    },
  }
}

function minutesOf(
  { edgeMinutes }: MemoryDatabase,
  minutes: readonly number[],
  edges: readonly string[],
): readonly EdgeMinute[] {
  const names = [...new Set(edges)].toSorted()
  return minutes
    .toSorted((a, b) => a - b)
    .flatMap((minuteMs) => names.map((edge) => edgeMinutes.get(minuteKey({ minuteMs, edge }))))
    .filter((row) => row !== undefined)
}

function closed({ changeSamples }: MemoryDatabase): readonly ChangeSample[] {
  return changeSamples
    .values()
    .flatMap(({ sample }) => sample ?? [])
    .sort((a, b) => b.closedAtMs - a.closedAtMs)
}

type Timed = readonly [stage: LatencyStage, ms: number, appendedAtMs: number]

/** Returns the stage times of the changes that ended last. */
function memoryLatencyIn(
  database: MemoryDatabase,
  { sinceMs, stepMs, stage: wantedStage }: LatencyQuestion,
  limit: number,
): LatencyMap {
  const newest = database.changeSamples
    .values()
    .flatMap(({ sample }) => (sample?.origin === 'live' ? [sample] : []))
    .filter(({ closedAtMs }) => closedAtMs >= sinceMs)
    .sort((a, b) => b.closedAtMs - a.closedAtMs)
    .slice(0, limit + 1)
  const times = newest.slice(0, limit).flatMap((sample): readonly Timed[] => {
    const change = database.changeLog.get(changeRowKey(sample))
    if (change === undefined || sample.appendedAtMs < sinceMs) return []
    return stageTimes({ ...change, ...sample }).map(([stage, ms]) => [
      stage,
      ms,
      sample.appendedAtMs,
    ])
  })
  const stages = LATENCY_STAGES.filter((stage) => wantedStage === null || wantedStage === stage)
  return {
    cells: stages.flatMap((stage) => cellsOf(stage, ofStage(times, stage), stepMs)),
    stages: stages.flatMap((stage) => summaryOf(stage, ofStage(times, stage))),
    isCut: newest.length > limit,
  }
}

function ofStage(times: readonly Timed[], stage: LatencyStage): readonly Timed[] {
  return times.filter(([name]) => name === stage)
}

function cellsOf(
  stage: LatencyStage,
  times: readonly Timed[],
  stepMs: number,
): readonly LatencyCell[] {
  const cells = new Map<string, LatencyCell>()
  for (const [, ms, appendedAtMs] of times) {
    const [fromMs, bucket] = [appendedAtMs - (appendedAtMs % stepMs), latencyBucket(ms)]
    const key = `${fromMs}/${bucket}`
    const { changes } = cells.get(key) ?? { changes: 0 }
    cells.set(key, { stage, fromMs, bucket, changes: changes + 1 })
  }
  return [...cells.values()].sort((a, b) => a.fromMs - b.fromMs || a.bucket - b.bucket)
}

function summaryOf(stage: LatencyStage, times: readonly Timed[]): readonly StageSummary[] {
  const sorted = times.map(([, ms]) => ms).sort((a, b) => a - b)
  const maxMs = sorted.at(-1)
  if (maxMs === undefined) return []
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? maxMs
  return [{ stage, changes: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs }]
}
