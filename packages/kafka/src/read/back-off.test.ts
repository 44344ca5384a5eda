import { expect, test } from 'vitest'
import { backOff } from './back-off.ts'

const signal = new AbortController().signal

test('waits double from 50 ms to 0.5 s, later to 1 s, and begin anew after a reset', async () => {
  const waits: number[] = []
  const pauses = backOff(
    () => 0.5,
    async (ms) => void waits.push(ms),
  )
  for (let turn = 0; turn < 24; turn++) await pauses.wait(signal)
  pauses.reset()
  await pauses.wait(signal)
  expect(waits.slice(0, 6)).toEqual([50, 100, 200, 400, 500, 500])
  expect(waits.slice(21)).toEqual([500, 1_000, 1_000, 50])
})

test('waits differ by up to a fifth, so that readers do not come back in step', async () => {
  const waits: number[] = []
  const pause = async (ms: number): Promise<void> => void waits.push(Math.round(ms))
  await backOff(() => 0, pause).wait(signal)
  await backOff(() => 1, pause).wait(signal)
  expect(waits).toEqual([40, 60])
})

test('an abort ends a wait without an error', async () => {
  await backOff().wait(AbortSignal.abort())
})
