import type { ObservedState } from '@freshet/insight'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, expect, it } from 'vitest'
import { SlowFigures } from './slow-figures.ts'

const state = (quarantined = 0n): ObservedState => ({
  pipeline: {
    partitions: [],
    sources: [],
    contradictions: [],
    doubted: [],
    omitted: [],
    latest: null,
    grants: [],
    quarantined,
  },
  edges: [],
  uncounted: 0,
  edgeLags: [],
})

let clock: ManualClock
let reads: number[]
let takesMs: number
let slow: SlowFigures

beforeEach(() => {
  clock = new ManualClock()
  reads = []
  takesMs = 0
  slow = new SlowFigures({
    state: { recordingLag: async () => [] },
    quarantine: { counts: async () => [] },
    slos: async () => {
      reads.push(clock.monotonicMs())
      await clock.sleep(takesMs)
      return []
    },
    timer: clock,
  })
})

/** Shows a state each second; `moving`: every one is another one. */
async function showStates(seconds: number, moving = false): Promise<void> {
  for (let n = 0; n < seconds; n += 1) {
    slow.see(state(moving ? BigInt(clock.monotonicMs()) : 0n))
    await clock.advance(1_000)
  }
}

it('an idle system renews the slow figures every 5 s', async () => {
  await showStates(11)
  expect(reads).toEqual([0, 5_000, 10_000])
})

it('something that moves renews them at the next state, and once', async () => {
  await showStates(2)
  slow.see(state(1n))
  await clock.advance(1_000)
  slow.see(state(1n))
  await clock.advance(1_000)
  expect(reads).toEqual([0, 2_000])
})

it('a measurement renews them at once, and a second one after a second', async () => {
  await showStates(3)
  await clock.advance(400)
  slow.measured()
  await clock.advance(300)
  slow.measured()
  await clock.advance(700)
  expect(reads).toEqual([0, 3_400])
  slow.see(state())
  await clock.advance(0)
  expect(reads).toEqual([0, 3_400, 4_400])
})

it('a system that moves all the time renews them once a second', async () => {
  await showStates(4, true)
  expect(reads).toEqual([0, 1_000, 2_000, 3_000])
})

it('renewals that are slow take a tenth of the time at most, and are never rarer than every 5 s', async () => {
  takesMs = 300
  await showStates(8, true)
  expect(reads).toEqual([0, 3_000, 6_000])
  takesMs = 900
  await showStates(10, true)
  expect(reads.slice(3)).toEqual([9_000, 14_000])
})

it('one renewal is under way at a time, and its end is reported', async () => {
  let renewed = 0
  slow.listen(() => (renewed += 1))
  takesMs = 7_000
  await showStates(7, true)
  expect([reads, renewed]).toEqual([[0], 1])
})
