import { MINUTE_MS, UNSEEN_VIEW_MS } from '@freshet/protocol/slo'
import type { EdgeReport } from '@freshet/wire'
import { expect, test } from 'vitest'
import { SLI_NOW_MS as NOW, sliReport as report, type SliUnderTest } from './sli-world.ts'

/** The actions of the contract of measurements on a store. */
interface EdgeMinuteWorld {
  readonly under: () => SliUnderTest
  readonly turn: (nowMs: number) => Promise<unknown>
  readonly live: (edge?: string, atMs?: number) => Promise<void>
  readonly record: (each: EdgeReport, reportedAtMs: number) => Promise<void>
  readonly sums: (nowMs?: number) => Promise<Record<string, string>>
}

/** Checks the minutes of edges; part of the contract of measurements. */
export function registerEdgeMinuteTests(world: EdgeMinuteWorld): void {
  const { under, turn, live, record, sums } = world
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
    expect(await under().sli.blindest({ sinceMs: 0, overMs: 5_000 }, 10)).toEqual([
      { edge: 'edge-1', minutes: 1, oldestMs: 55_040 },
      { edge: 'edge-2', minutes: 1, oldestMs: 29_040 },
    ])
    expect(await sums(until)).toEqual({ 'fresh live': '0/2' })
    const minutesMs = [NOW + 2 * MINUTE_MS, NOW + MINUTE_MS, NOW]
    const minutes = await under().sli.edgeMinutes(minutesMs, ['edge-2', 'edge-3', 'edge-1'])
    expect(minutes.map(({ edge, minuteMs }) => [edge, minuteMs - NOW])).toEqual([
      ['edge-1', 0],
      ['edge-2', 0],
      ['edge-1', MINUTE_MS],
    ])
    expect(minutes[0]).toMatchObject({ allows: 3, denies: 6, challenges: 9 })
    expect(await under().sli.edgeMinutes([NOW], ['edge-2'])).toMatchObject([{ edge: 'edge-2' }])
  })

  test('an edge that starts serves nothing: its first minute is that of its live view', async () => {
    await record(report(starting), NOW + 1_000)
    await record(report(starting), NOW + 30_000)
    await live('edge-1', NOW + 59_000)
    await record(report({ ...starting, edge: 'edge-2' }), NOW + 59_000)
    await turn(until)
    const [minute] = await under().sli.edgeMinutes([NOW], ['edge-1'])
    expect(minute).toMatchObject({ oldestMs: 40 })
    expect(await sums(until)).toEqual({ 'fresh live': '1/1' })
  })

  test('control: an edge that is live without a view, and one that ended without a report, are bad', async () => {
    await record(report({ partitions: [] }), NOW + 59_000)
    await live('edge-2', NOW + 1_000)
    await record(report({ ...starting, edge: 'edge-2' }), NOW + 30_000)
    await live('edge-2', NOW + 59_000)
    await turn(until)
    const minutes = await under().sli.edgeMinutes([NOW], ['edge-1', 'edge-2'])
    expect(minutes.map(({ oldestMs }) => oldestMs)).toEqual([UNSEEN_VIEW_MS, 29_040])
    expect(await sums(until)).toEqual({ 'fresh live': '0/2' })
  })
}
