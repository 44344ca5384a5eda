import { expect, test } from 'vitest'
import { fetchAhead } from './fetch-ahead.ts'
import type { Answered, Positions } from '../protocol/fetch.ts'

function counted(): {
  readonly fetched: Positions[]
  readonly fetch: (at: Positions) => Promise<Answered>
} {
  const fetched: Positions[] = []
  return {
    fetched,
    fetch: (at) => {
      fetched.push(at)
      return at.get(0) === 13n ? Promise.reject(new Error('unlucky')) : Promise.resolve([])
    },
  }
}

test('what was asked for before its turn is not asked for again', async () => {
  const { fetched, fetch } = counted()
  const ahead = fetchAhead(fetch)
  ahead.begin(new Map([[0, 5n]]))
  await ahead.take(new Map([[0, 5n]]))
  expect(fetched).toEqual([new Map([[0, 5n]])])
})

test('an answer for other positions is not used', async () => {
  const { fetched, fetch } = counted()
  const ahead = fetchAhead(fetch)
  ahead.begin(new Map([[0, 5n]]))
  await ahead.take(new Map([[0, 4n]]))
  expect(fetched).toEqual([new Map([[0, 5n]]), new Map([[0, 4n]])])
})

test('an answer is used once', async () => {
  const { fetched, fetch } = counted()
  const ahead = fetchAhead(fetch)
  ahead.begin(new Map([[0, 5n]]))
  await ahead.take(new Map([[0, 5n]]))
  await ahead.take(new Map([[0, 5n]]))
  expect(fetched).toHaveLength(2)
})

test('trouble shows where the answer is taken, and nowhere else', async () => {
  const ahead = fetchAhead(counted().fetch)
  ahead.begin(new Map([[0, 13n]]))
  await expect(ahead.take(new Map([[0, 13n]]))).rejects.toThrow('unlucky')
  ahead.begin(new Map([[0, 13n]]))
  await expect(ahead.take(new Map([[0, 14n]]))).resolves.toEqual([])
})
