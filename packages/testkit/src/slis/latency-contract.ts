import {
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  latencyBucket,
  NEVER_MS,
  PROBE_NAME,
} from '@freshet/protocol/slo'
import type { LoggedChange } from '@freshet/insight'
import { expect, test } from 'vitest'
import { SLI_NOW_MS as NOW, type SliUnderTest } from './sli-world.ts'

/** The actions of the contract of measurements on a store. */
interface LatencyWorld {
  readonly under: () => SliUnderTest
  readonly turn: (nowMs: number) => Promise<unknown>
  readonly live: (edge?: string, atMs?: number) => Promise<void>
  readonly change: (more?: Partial<LoggedChange>) => LoggedChange
  readonly applied: (edge: string, afterMs: number) => Promise<void>
}

/** Checks the stage times of changes; part of the contract of measurements. */
export function registerLatencyTests({ under, turn, live, change, applied }: LatencyWorld): void {
  test('tells where the time went, by stage, span and bucket, of the newest that ended', async () => {
    await live()
    await under().seedChange(change())
    await under().seedChange(change({ id: 'c2', offset: 6n, appendedAtMs: NOW + 1 }))
    await under().seedChange(change({ id: 'gain', offset: 7n, tightened: false }))
    await under().seedChange(change({ id: 'probe', offset: 8n, tenant: PROBE_NAME }))
    await under().recordedTo(3, 1n, 9n)
    await applied('edge-1', 30)
    await turn(NOW + 1_000)
    await turn(NOW + 1_250)
    const all = { sinceMs: NOW - 600_000, stepMs: 60_000, stage: null }
    const { cells, stages, isCut } = await under().sli.latency(all, 2)
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
    const one = await under().sli.latency({ ...all, stage: 'complete' }, 1)
    expect(one.stages.map(({ stage, changes }) => [stage, changes])).toEqual([['complete', 1]])
    expect(one.isCut).toBe(true)
    const later = await under().sli.latency({ ...all, sinceMs: NOW + 2 }, 9)
    expect(later).toEqual({ cells: [], stages: [], isCut: false })
  })

  test('a change that was never complete is beyond every bound', async () => {
    await live()
    await under().seedChange(change())
    await under().recordedTo(3, 1n, 6n)
    await turn(NOW + 1_000)
    const late = NOW + 902_000
    await live('edge-1', late - 100)
    await turn(late)
    const question = { sinceMs: NOW, stepMs: 60_000, stage: 'complete' as const }
    expect(await under().sli.latency(question, 9)).toMatchObject({
      cells: [{ fromMs: NOW, bucket: LATENCY_BOUNDS_MS.length, changes: 1 }],
      stages: [{ p50Ms: NEVER_MS, maxMs: NEVER_MS }],
    })
  })
}
