import { describe, expect, it } from 'vitest'
import { newsOf, pauseMs } from './heartbeat-pace.ts'

describe('the pause between two heartbeats', () => {
  it('keeps the interval, whatever a request takes', () => {
    expect(pauseMs(1_000, false, 0)).toBe(1_000)
    expect(pauseMs(1_000, false, 300)).toBe(700)
    expect(pauseMs(1_000, false, 9_000)).toBe(0)
  })

  it('is a whole interval after a round without an accepted heartbeat', () => {
    expect([0, 300, 9_000].map((tookMs) => pauseMs(1_000, true, tookMs))).toEqual([
      1_000, 1_000, 1_000,
    ])
  })
})

describe('the news of heartbeats', () => {
  const well = { accepted: 1, troubles: [] }
  const ill = (...troubles: readonly string[]) => ({ accepted: 0, troubles })

  it('are the first accepted heartbeat, and none after it', () => {
    expect(newsOf(undefined, well)).toEqual([{ state: 'accepted' }])
    expect(newsOf(well, well)).toEqual([])
  })

  it('are each trouble once, and its end', () => {
    expect(newsOf(well, ill('a', 'a', 'b'))).toEqual([
      { state: 'refused', why: 'a' },
      { state: 'refused', why: 'b' },
    ])
    expect(newsOf(ill('a'), ill('a'))).toEqual([])
    expect(newsOf(ill('a'), ill('a', 'c'))).toEqual([{ state: 'refused', why: 'c' }])
    expect(newsOf(ill('a'), well)).toEqual([{ state: 'accepted' }])
  })
})
