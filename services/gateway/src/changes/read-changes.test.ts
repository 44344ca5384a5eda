import { igaChange } from '@freshet/testkit'
import { formatChangeEvent } from '@freshet/wire'
import { expect, it } from 'vitest'
import { readChanges } from './read-changes.ts'

/** Reads a batch of so many events, and returns the number of its turns. */
async function turnsOf(count: number): Promise<number> {
  let turns = 0
  const items = Array.from({ length: count }, (_, n) => formatChangeEvent(igaChange(BigInt(n + 1))))
  const bytes = Buffer.from(JSON.stringify(items))
  const mediaType = 'application/cloudevents-batch+json'
  const { events } = await readChanges({ source: 'iga', mediaType, bytes }, new Headers(), {
    roomFor: () => ({ count, refusal: undefined }),
    chargeUnreadable: () => {},
    nextTurn: () => Promise.resolve(void (turns += 1)),
  })
  expect(events.filter(({ ok }) => ok)).toHaveLength(count)
  return turns
}

it('reads a batch a few events a turn, so that the requests of others go on meanwhile', async () => {
  expect(await turnsOf(1)).toBe(1)
  expect(await turnsOf(25)).toBe(1)
  expect(await turnsOf(26)).toBe(2)
  expect(await turnsOf(500)).toBe(20)
})
