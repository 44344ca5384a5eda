import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { GIVE_WAY_MS, QUIET_REST_MS, quietRests, type QuietRests } from './quiet-rests.ts'

const SHORT_MS = 1_000

let clock: ManualClock
let stop: AbortController
let rests: QuietRests
let ended: number[]

beforeEach(() => {
  clock = new ManualClock()
  stop = new AbortController()
  rests = quietRests(clock)
  ended = []
})

function begin(rest = rests.ofLoop()): void {
  void rest(SHORT_MS, stop.signal).then(() => ended.push(clock.monotonicMs()))
}

describe('the rest of a background loop', () => {
  it('is long while nothing is recorded', async () => {
    begin()
    await clock.advance(QUIET_REST_MS)
    expect(ended).toEqual([QUIET_REST_MS])
  })

  it('ends at the next commit, for every loop', async () => {
    begin()
    begin()
    await clock.advance(2 * SHORT_MS)
    rests.note()
    await clock.advance(0)
    expect(ended).toEqual([2 * SHORT_MS, 2 * SHORT_MS])
  })

  it('that a commit ends gives way to what is urgent, and no other rest does', async () => {
    const rest = quietRests(clock, GIVE_WAY_MS)
    begin(rest.ofLoop())
    await clock.advance(QUIET_REST_MS)
    expect(ended).toEqual([QUIET_REST_MS])
    begin(rest.ofLoop())
    await clock.advance(2 * SHORT_MS)
    rest.note()
    await clock.advance(0)
    await clock.advance(GIVE_WAY_MS - 1)
    expect(ended).toHaveLength(1)
    await clock.advance(1)
    expect(ended).toHaveLength(2)
  })

  it('is never shorter than asked for, so that a busy process reads no more often', async () => {
    begin()
    await clock.advance(1)
    for (let commit = 0; commit < 10; commit += 1) rests.note()
    await clock.advance(SHORT_MS - 2)
    expect(ended).toEqual([])
    await clock.advance(1)
    expect(ended).toEqual([SHORT_MS])
  })

  it('is short after a commit during the work of the loop, which can have read before it', async () => {
    const rest = rests.ofLoop()
    rests.note()
    begin(rest)
    await clock.advance(SHORT_MS)
    expect(ended).toEqual([SHORT_MS])
    begin(rest)
    await clock.advance(QUIET_REST_MS)
    expect(ended).toEqual([SHORT_MS, SHORT_MS + QUIET_REST_MS])
  })

  it('ends with the process', async () => {
    begin()
    stop.abort()
    await clock.advance(0)
    begin()
    await clock.advance(0)
    expect(ended).toEqual([0, 0])
  })
})
