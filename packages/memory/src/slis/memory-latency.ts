import { LATENCY_STAGES, latencyBucket, stageTimes, type LatencyStage } from '@freshet/protocol/slo'
import type { LatencyCell, LatencyMap, LatencyQuestion, StageSummary } from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'
import { changeRowKey } from './memory-sli-rows.ts'

type Timed = readonly [stage: LatencyStage, ms: number, appendedAtMs: number]

/** Returns the stage times of the changes that ended last. */
export function memoryLatencyIn(
  database: MemoryDatabase,
  { sinceMs, stepMs, stage: asked }: LatencyQuestion,
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
  const stages = LATENCY_STAGES.filter((stage) => asked === null || asked === stage)
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
