import { describe, expect, test } from 'vitest'
import { EDGE_MISSED_MS, heardAtMs, oldestBetween, UNSEEN_VIEW_MS } from './edge-minute.ts'

const views = (reportedAtMs: number, ...ages: (number | null)[]) => ({
  reportedAtMs,
  partitions: ages.map((viewAgeMs) => ({ viewAgeMs })),
})

describe('between two reports a view', () => {
  test('may have been as old as it grew until the next one', () => {
    expect(oldestBetween({ reportedAtMs: 1_000, heardAtMs: 900 }, views(2_000, 40))).toBe(1_100)
  })

  test('was at least as old as it is said to be', () => {
    expect(oldestBetween({ reportedAtMs: 1_000, heardAtMs: 990 }, views(2_000, 7_000))).toBe(7_000)
    expect(oldestBetween(undefined, views(2_000, 40, 60))).toBe(60)
  })

  test('that was never verified is older than any', () => {
    expect(oldestBetween(undefined, views(2_000, 40, null))).toBe(UNSEEN_VIEW_MS)
    expect(oldestBetween({ reportedAtMs: 1_000, heardAtMs: null }, views(2_000, 40))).toBe(
      UNSEEN_VIEW_MS,
    )
  })

  test('is as new behind a gap in which the edge was missed long enough', () => {
    const before = { reportedAtMs: 0, heardAtMs: 0 }
    expect(oldestBetween(before, views(EDGE_MISSED_MS + 1, 40))).toBe(40)
  })
})

test('a view was heard last when the oldest of its partitions was', () => {
  expect(heardAtMs(views(1_000, 40, 60))).toBe(940)
  expect(heardAtMs(views(1_000))).toBeNull()
})
