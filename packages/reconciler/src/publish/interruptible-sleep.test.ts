import { ManualClock } from '@freshet/testkit'
import { expect, test } from 'vitest'
import { interruptibleSleep } from './interruptible-sleep.ts'

const { signal } = new AbortController()

async function isOver({ over }: { readonly over: Promise<void> }): Promise<boolean> {
  let known = false
  void over.then(() => (known = true))
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  return known
}

test('it is over when its time is', async () => {
  const clock = new ManualClock()
  const slept = interruptibleSleep(clock, 100, signal)
  await clock.advance(99)
  expect(await isOver(slept)).toBe(false)
  await clock.advance(1)
  expect(await isOver(slept)).toBe(true)
})

test('its owner ends it, and what ends it later changes nothing', async () => {
  const clock = new ManualClock()
  const slept = interruptibleSleep(clock, 100, signal)
  slept.end()
  expect(await isOver(slept)).toBe(true)
  slept.end()
  await clock.advance(100)
  expect(clock.sleeping).toBe(0)
})

test('the end of the process ends it, and before its beginning too', async () => {
  const process = new AbortController()
  const slept = interruptibleSleep(new ManualClock(), 100, process.signal)
  process.abort()
  expect(await isOver(slept)).toBe(true)
  expect(await isOver(interruptibleSleep(new ManualClock(), 100, process.signal))).toBe(true)
})
