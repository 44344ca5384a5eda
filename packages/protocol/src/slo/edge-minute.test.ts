import { describe, expect, test } from 'vitest'
import {
  afterReport,
  EDGE_MISSED_MS,
  lastHeartbeatMsOf,
  oldestBetween,
  UNSEEN_VIEW_MS,
  type EdgeSoFar,
} from './edge-minute.ts'

const views = (reportedAtMs: number, ...ages: (number | null)[]) => ({
  reportedAtMs,
  partitions: ages.map((viewAgeMs) => ({ viewAgeMs })),
})

describe('a view has a time between two reports', () => {
  test('may have been as old as it grew until the next one', () => {
    expect(oldestBetween({ reportedAtMs: 1_000, lastHeartbeatMs: 900 }, views(2_000, 40))).toBe(
      1_100,
    )
  })

  test('the view was at least as old as its stated age', () => {
    expect(oldestBetween({ reportedAtMs: 1_000, lastHeartbeatMs: 990 }, views(2_000, 7_000))).toBe(
      7_000,
    )
    expect(oldestBetween(undefined, views(2_000, 40, 60))).toBe(60)
  })

  test('that was never verified is older than any', () => {
    expect(oldestBetween(undefined, views(2_000, 40, null))).toBe(UNSEEN_VIEW_MS)
    expect(oldestBetween({ reportedAtMs: 1_000, lastHeartbeatMs: null }, views(2_000, 40))).toBe(
      UNSEEN_VIEW_MS,
    )
  })

  test('is as new behind a gap in which the edge was missed long enough', () => {
    const before = { reportedAtMs: 0, lastHeartbeatMs: 0 }
    expect(oldestBetween(before, views(EDGE_MISSED_MS + 1, 40))).toBe(40)
  })
})

test('the last report of a view is that of its oldest partition', () => {
  expect(lastHeartbeatMsOf(views(1_000, 40, 60))).toBe(940)
  expect(lastHeartbeatMsOf(views(1_000))).toBeNull()
})

describe('an edge in its minutes', () => {
  /** The oldest view after each report, each a second after the one before it; `null`: the report counts in no minute. */
  const oldestAfter = (
    ...reports: readonly (readonly [isLive: boolean, age: number | null, gapMs?: number])[]
  ): readonly (number | null | undefined)[] => {
    let soFar: EdgeSoFar | undefined
    let atMs = 0
    return reports.map(([isLive, age, gapMs = 1_000]) => {
      atMs += gapMs
      const after = afterReport(soFar, { ...views(atMs, age), isLive })
      soFar = after?.soFar
      return after?.oldestMs
    })
  }

  test('counts from its first live report on: it served nothing while it was starting', () => {
    expect(oldestAfter([false, null], [false, 70_000], [true, 40], [true, 30])).toEqual([
      null,
      null,
      40,
      1_040,
    ])
  })

  test('does not count the time in which it was closed', () => {
    expect(oldestAfter([true, 40], [false, 40], [true, 30, 60_000])).toEqual([40, 1_040, 30])
  })

  test('counts until the report by which it ended or starts again', () => {
    expect(oldestAfter([true, 40], [false, null, 20_000], [true, 30])).toEqual([40, 20_040, 30])
    expect(oldestAfter([true, 40], [false, null, EDGE_MISSED_MS + 1])).toEqual([40, null])
  })

  test('control: one that was live and lost its view is counted, with or without reports', () => {
    expect(oldestAfter([true, 40], [true, 9_000, 9_000])).toEqual([40, 9_040])
    expect(oldestAfter([true, 40], [true, 30, 60_000])).toEqual([40, 60_040])
    expect(oldestAfter([true, 40], [true, null])).toEqual([40, UNSEEN_VIEW_MS])
  })

  test('control: one that is live without any verified view is counted from then on', () => {
    expect(oldestAfter([false, null], [true, null])).toEqual([null, UNSEEN_VIEW_MS])
  })
})
