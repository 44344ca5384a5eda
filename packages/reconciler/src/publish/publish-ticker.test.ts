import { BATCH_SPACING_MS } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, expect, test } from 'vitest'
import { createPublishTicker, TURN_AWAITED_MS, type PublishTicker } from './publish-ticker.ts'

const { signal } = new AbortController()
let clock: ManualClock
let ticker: PublishTicker
let begun: string[]

beforeEach(() => {
  clock = new ManualClock(0)
  ticker = createPublishTicker(clock)
  begun = []
})

/** A turn that ends when the test calls `end`. */
function turn(name: string, until: AbortSignal = signal): { end(): void; done: Promise<void> } {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  const work = (): Promise<void> => {
    begun.push(name)
    return ended
  }
  return { end, done: ticker.turn(work, until) }
}

test('the first turns begin at once, and together', async () => {
  turn('a')
  turn('b')
  await clock.advance(0)
  expect(begun).toEqual(['a', 'b'])
})

test('turns that wait begin together, as far from the last as batches have to be', async () => {
  turn('first').end()
  await clock.advance(0)
  await clock.advance(1)
  turn('a').end()
  await clock.advance(BATCH_SPACING_MS - 2)
  turn('b').end()
  expect(begun).toEqual(['first'])
  await clock.advance(1)
  expect(begun).toEqual(['first', 'a', 'b'])
})

test('the next turns wait for those under way, so that they stay together', async () => {
  const [slow, quick] = [turn('slow'), turn('quick')]
  await clock.advance(BATCH_SPACING_MS)
  quick.end()
  await quick.done
  turn('next').end()
  await clock.advance(BATCH_SPACING_MS)
  expect(begun).toEqual(['slow', 'quick'])
  slow.end()
  await clock.advance(1)
  expect(begun).toEqual(['slow', 'quick', 'next'])
})

test('a turn that takes long keeps the others waiting once, and not for ever', async () => {
  turn('stuck')
  await clock.advance(0)
  turn('other').end()
  await clock.advance(TURN_AWAITED_MS - 1)
  expect(begun).toEqual(['stuck'])
  await clock.advance(1)
  expect(begun).toEqual(['stuck', 'other'])
  turn('again').end()
  await clock.advance(BATCH_SPACING_MS)
  expect(begun).toEqual(['stuck', 'other', 'again'])
})

test('an error of one turn rejects that turn alone', async () => {
  const failed = ticker.turn(() => Promise.reject(new Error('theirs')), signal)
  await expect(failed).rejects.toThrow('theirs')
  turn('next').end()
  await clock.advance(BATCH_SPACING_MS)
  expect(begun).toEqual(['next'])
})

test('no turn waits beyond the end of the process', async () => {
  turn('stuck')
  await clock.advance(0)
  const ended = new AbortController()
  const last = turn('last', ended.signal)
  last.end()
  ended.abort()
  await last.done
})
