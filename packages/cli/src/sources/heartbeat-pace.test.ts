import { describe, expect, it } from 'vitest'
import { newsOf, pauseMs } from './heartbeat-pace.ts'

describe('the pause between two heartbeats', () => {
  it('keeps the interval, whatever a request takes', () => {
    expect(pauseMs(1_000, 0, 0)).toBe(1_000)
    expect(pauseMs(1_000, 0, 300)).toBe(700)
    expect(pauseMs(1_000, 0, 9_000)).toBe(0)
  })

  it('is a quarter of it after rounds without an accepted heartbeat, whatever they took', () => {
    expect([1, 2, 40].map((rounds) => pauseMs(1_000, rounds, 9_000))).toEqual([250, 250, 250])
  })

  it('is a whole one when the trouble lasts', () => {
    expect([41, 99].map((rounds) => pauseMs(1_000, rounds, 300))).toEqual([1_000, 1_000])
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
