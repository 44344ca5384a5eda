import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import {
  DOUBTS_COUNTED_EVERY_MS,
  DOUBTS_COUNTED_MAX,
  runCountingDoubts,
} from './run-counting-doubts.ts'

it('counting doubts asks for a bounded number once a minute, and goes on after a failure', async () => {
  const clock = new ManualClock()
  const counted: number[] = []
  const failures: unknown[] = []
  const answers = [3]
  const stop = new AbortController()
  const store = {
    async openDoubts(max: number) {
      expect(max).toBe(DOUBTS_COUNTED_MAX)
      const answer = answers.shift()
      if (answer !== undefined) return answer
      throw new FreshetError('database.unavailable', 'Planned: away.')
    },
  }
  const parts = { store, timer: clock, onFailed: (error: unknown) => failures.push(error) }
  const running = runCountingDoubts(
    { ...parts, onDoubts: (open) => counted.push(open) },
    stop.signal,
  )
  await clock.advance(0)
  await clock.advance(DOUBTS_COUNTED_EVERY_MS)
  answers.push(1)
  await clock.advance(DOUBTS_COUNTED_EVERY_MS)
  expect(counted).toEqual([3, 1])
  expect(failures).toHaveLength(1)
  stop.abort()
  await running
})
