import { FreshetError } from '@freshet/domain'
import { runPruning } from '@freshet/reconciler'
import { ManualClock } from '@freshet/testkit'
import { expect, test } from 'vitest'

const NOW_MS = 1_795_000_000_000
const KEEP_MS = 70 * 60_000

test('pruning keeps what a living token can be below, and goes on after a failure (rule 25)', async () => {
  const clock = new ManualClock(NOW_MS)
  const ended = new AbortController()
  const asked: number[] = []
  const failures: unknown[] = []
  const store = {
    pruneWatermarks(beforeMs: number) {
      asked.push(beforeMs)
      const down = new FreshetError('database.unavailable', 'The database did not answer.')
      return asked.length === 1 ? Promise.reject(down) : Promise.resolve(0)
    },
  }
  const onFailed = (error: unknown): void => void failures.push(error)
  const running = runPruning({ store, timer: clock, keepMs: KEEP_MS, onFailed }, ended.signal)
  await clock.advance(0)
  await clock.advance(60_000)
  expect(asked).toEqual([NOW_MS - KEEP_MS, NOW_MS + 60_000 - KEEP_MS])
  expect(failures).toHaveLength(1)
  ended.abort()
  await running
})
