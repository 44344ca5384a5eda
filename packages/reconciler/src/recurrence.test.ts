import { describe, expect, test } from 'vitest'
import { sinceLast, untilNext } from './recurrence.ts'

const polls = { everyMs: 250, atMs: 100 }

describe('a recurrence each 250 ms that begins at 100 ms', () => {
  test.each([
    { nowMs: 0, forMs: 100 },
    { nowMs: 100, forMs: 250 },
    { nowMs: 101, forMs: 249 },
    { nowMs: 300, forMs: 50 },
    { nowMs: 7_310.5, forMs: 39.5 },
  ])('at $nowMs its next time is in $forMs', ({ nowMs, forMs }) => {
    expect(untilNext(polls, nowMs)).toBeCloseTo(forMs)
  })

  test('a timer that fires a little early is not asked to wait for the same time again', () => {
    expect(untilNext(polls, 349.2)).toBeCloseTo(250.8)
  })

  test.each([
    { nowMs: 100, agoMs: 25 },
    { nowMs: 75, agoMs: 0 },
    { nowMs: 74, agoMs: 249 },
    { nowMs: 3_340, agoMs: 15 },
  ])('at $nowMs its latest time was reached $agoMs ago', ({ nowMs, agoMs }) => {
    expect(sinceLast(polls, nowMs)).toBeCloseTo(agoMs)
  })
})
