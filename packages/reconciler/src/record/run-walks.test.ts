import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { runWalks, WALK_IDLE_MS, type WalkLoop } from './run-walks.ts'

let clock: ManualClock
let stop: AbortController
let polls: (() => readonly number[])[]
let rests: number[]

beforeEach(() => {
  clock = new ManualClock()
  stop = new AbortController()
  polls = []
  rests = []
})

/** Runs the loop for one pause behind each look. */
async function run(): Promise<void> {
  const loop = {
    store: {
      walkedPartitions: async () => polls.shift()?.() ?? [],
      inPartition: async () => undefined,
    },
    timer: clock,
    rest: (ms: number) => {
      rests.push(clock.monotonicMs())
      return clock.sleep(ms)
    },
  } as unknown as WalkLoop
  const count = polls.length
  const running = runWalks(loop, stop.signal)
  await clock.advance(0)
  for (let n = 0; n < count; n += 1) await clock.advance(WALK_IDLE_MS)
  stop.abort()
  await clock.advance(WALK_IDLE_MS)
  await running
}

describe('the loop that walks', () => {
  it('takes the rest of a quiet process while no partition has a walk', async () => {
    polls = [() => [], () => []]
    await run()
    expect(rests).toEqual([0, WALK_IDLE_MS, 2 * WALK_IDLE_MS])
  })

  it('control: looks again soon while another process has a walk in hand, and after a failure', async () => {
    const away = new FreshetError('database.unavailable', 'planned')
    const failing = (): never => {
      throw away
    }
    polls = [() => [1], failing, () => []]
    await run()
    expect(rests).toEqual([2 * WALK_IDLE_MS, 3 * WALK_IDLE_MS])
  })
})
