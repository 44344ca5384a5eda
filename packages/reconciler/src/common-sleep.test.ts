import { ManualClock } from '@freshet/testkit'
import { expect, test } from 'vitest'
import { commonSleep } from './publish/wake-up.ts'

const { signal } = new AbortController()

test('sleepers that are due at the same time share a sleep, whenever they began it', async () => {
  const clock = new ManualClock()
  const sleep = commonSleep(clock)
  const first = sleep(100, signal)
  await clock.advance(40.25)
  expect(sleep(59.75, signal)).toBe(first)
  expect(clock.sleeping).toBe(1)
  await clock.advance(59.75)
  await first
  expect(clock.sleeping).toBe(0)
})

test('a sleeper that is due at another time, or ends by another signal, has a sleep of its own', async () => {
  const clock = new ManualClock()
  const sleep = commonSleep(clock)
  const process = new AbortController()
  const woken: string[] = []
  void sleep(100, signal).then(() => woken.push('first'))
  void sleep(101, signal).then(() => woken.push('later'))
  void sleep(100, process.signal).then(() => woken.push('ended'))
  process.abort()
  await clock.advance(0)
  expect(woken).toEqual(['ended'])
  await clock.advance(100)
  expect(woken).toEqual(['ended', 'first'])
  await clock.advance(1)
  expect(woken).toEqual(['ended', 'first', 'later'])
})

test('a sleep that has ended is shared no more', async () => {
  const clock = new ManualClock()
  const sleep = commonSleep(clock)
  const first = sleep(0.25, signal)
  await clock.advance(0.25)
  await first
  expect(sleep(0, signal)).not.toBe(first)
})
