import { describe, expect, it } from 'vitest'
import { HEARTBEAT_PAUSE_MAX_MS, newsOf, pauseMs } from './heartbeat-pace.ts'

describe('the pause between two heartbeats', () => {
  it('keeps the interval, whatever a request takes', () => {
    expect(pauseMs(1_000, 0, 0)).toBe(1_000)
    expect(pauseMs(1_000, 0, 300)).toBe(700)
    expect(pauseMs(1_000, 0, 9_000)).toBe(0)
  })

  it('doubles while no heartbeat is accepted, up to its limit', () => {
    expect([1, 2, 3, 4, 99].map((rounds) => pauseMs(500, rounds, 300))).toEqual([
      500,
      1_000,
      HEARTBEAT_PAUSE_MAX_MS,
      HEARTBEAT_PAUSE_MAX_MS,
      HEARTBEAT_PAUSE_MAX_MS,
    ])
  })

  it('is never shorter than a long interval', () => {
    expect(pauseMs(60_000, 3, 0)).toBe(60_000)
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
