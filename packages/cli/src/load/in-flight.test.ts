import { describe, expect, it } from 'vitest'
import { inFlight, type Portion } from './in-flight.ts'

async function* portions(...counts: readonly number[]): AsyncGenerator<Portion> {
  let first = 10
  for (const count of counts) {
    yield { first, count }
    first += count
  }
}

/** Work of which a test ends each portion, by its first number. */
function stage(max: number, counts: readonly number[]) {
  const ends = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  const done: number[] = []
  const finished = inFlight(portions(...counts), max, {
    do: ({ first }) =>
      new Promise<void>((resolve, reject) => void ends.set(first, { resolve, reject })),
    onDone: (upTo) => void done.push(upTo),
  })
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const end = async (first: number): Promise<void> => {
    ends.get(first)?.resolve()
    await settle()
  }
  return { ends, done, finished, end, settle }
}

describe('portions in flight', () => {
  it('are as many as allowed, and another begins when one is done', async () => {
    const { ends, finished, end, settle } = stage(2, [5, 5, 5])
    await settle()
    expect([...ends.keys()]).toEqual([10, 15])
    await end(15)
    expect([...ends.keys()]).toEqual([10, 15, 20])
    await end(10)
    await end(20)
    await finished
  })

  it('count as done up to the first gap', async () => {
    const { done, finished, end, settle } = stage(3, [5, 5, 5])
    await settle()
    await end(15)
    expect(done).toEqual([10])
    await end(10)
    expect(done).toEqual([10, 20])
    await end(20)
    expect(done).toEqual([10, 20, 25])
    await finished
  })

  it('end with the first error', async () => {
    const { ends, done, finished, settle } = stage(2, [5, 5, 5])
    await settle()
    ends.get(15)?.reject(new Error('planned'))
    await expect(finished).rejects.toThrow('planned')
    expect(done).toEqual([])
    expect(ends.has(20)).toBe(false)
  })
})
