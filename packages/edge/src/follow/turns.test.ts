import type { Timer } from '@freshet/wire'
import { describe, expect, it } from 'vitest'
import { Turns } from './turns.ts'

const TURN_MS = 5

/** A clock that steps move, and turns that begin by hand. */
function turnsByHand() {
  const waiting: (() => void)[] = []
  let nowMs = 0
  const timer: Timer = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => new Promise((resolve) => waiting.push(resolve)),
  }
  const turns = new Turns(timer, TURN_MS)
  let steps = 0
  const step = (tookMs: number): Promise<void> =>
    turns.step(() => {
      nowMs += tookMs
      steps += 1
    })
  /** All that is done until the next turn begins. */
  const turn = async (): Promise<void> => {
    for (const begin of waiting.splice(0)) begin()
    for (let n = 0; n < 20; n += 1) await Promise.resolve()
  }
  return { step, turn, taken: () => steps }
}

describe('reading in turns of the event loop', () => {
  it('goes on until the time of the turn is used up, then waits for the next one', async () => {
    const { step, turn, taken } = turnsByHand()
    const reading = (async () => {
      for (let n = 0; n < 8; n += 1) await step(2)
    })()
    await turn()
    expect(taken()).toBe(3)
    await turn()
    expect(taken()).toBe(6)
    await turn()
    await reading
    expect(taken()).toBe(8)
  })

  it('divides the time of a turn among all partitions', async () => {
    const { step, turn, taken } = turnsByHand()
    const readings = Array.from({ length: 7 }, () => step(TURN_MS))
    expect(taken()).toBe(1)
    for (let turns = 2; turns <= 7; turns += 1) {
      await turn()
      expect(taken()).toBe(turns)
    }
    await Promise.all(readings)
  })
})
