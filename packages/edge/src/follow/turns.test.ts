import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Turns } from './turns.ts'

const TURN_MS = 5

/** A clock that steps alone move. */
function turnsByHand() {
  let [nowMs, taken] = [0, 0]
  const turns = new Turns({ monotonicMs: () => nowMs }, TURN_MS)
  const step = async (tookMs: number): Promise<void> => {
    while (turns.isOver) await turns.next()
    turns.step(() => {
      nowMs += tookMs
      taken += 1
    })
  }
  return { step, taken: () => taken }
}

describe('reading in turns of the event loop', () => {
  it('goes on until the time of the turn is used up, then waits for the next one', async () => {
    const { step, taken } = turnsByHand()
    const reading = (async () => {
      for (let n = 0; n < 8; n += 1) await step(2)
    })()
    const steps: number[] = []
    for (let n = 0; n < 3; n += 1) {
      for (let microtask = 0; microtask < 20; microtask += 1) await Promise.resolve()
      steps.push(taken())
      await turn()
    }
    await reading
    expect(steps).toEqual([3, 6, 8])
  })

  it('divides the time of a turn among all partitions', async () => {
    const { step, taken } = turnsByHand()
    const readings = Array.from({ length: 7 }, () => step(TURN_MS))
    for (let turns = 1; turns <= 7; turns += 1) {
      expect(taken()).toBe(turns)
      await turn()
    }
    await Promise.all(readings)
  })

  it('begins each turn with its whole time, however many turns there were before', async () => {
    const { step, taken } = turnsByHand()
    for (let turns = 1; turns <= 10; turns += 1) {
      void step(TURN_MS - 1)
      expect(taken()).toBe(turns)
      await turn()
    }
  })
})
