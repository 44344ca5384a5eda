import { BATCH_SPACING_MS } from '@freshet/domain'
import { ManualClock } from '@freshet/testkit'
import { expect, test } from 'vitest'
import { createBeat } from './beat.ts'

const { signal } = new AbortController()

test('the first to wait begins at once', async () => {
  await createBeat(new ManualClock(0)).next(signal)
})

test('all who wait begin together, so far apart from the last beat as batches have to be', async () => {
  const clock = new ManualClock(0)
  const beat = createBeat(clock)
  await beat.next(signal)
  const begun: string[] = []
  const begin = (name: string): Promise<void> => beat.next(signal).then(() => void begun.push(name))
  const all = [begin('a')]
  await clock.advance(BATCH_SPACING_MS - 1)
  all.push(begin('b'))
  expect(begun).toEqual([])
  await clock.advance(1)
  await Promise.all(all)
  expect(begun).toEqual(['a', 'b'])
})

test('a beat that nobody waited for keeps nobody waiting', async () => {
  const clock = new ManualClock(0)
  const beat = createBeat(clock)
  await beat.next(signal)
  await clock.advance(BATCH_SPACING_MS)
  await beat.next(signal)
})

test('nobody waits beyond the end of the process', async () => {
  const beat = createBeat(new ManualClock(0))
  await beat.next(signal)
  const ended = new AbortController()
  const waiting = beat.next(ended.signal)
  ended.abort()
  await waiting
})
