import { describe, expect, it } from 'vitest'
import { gather } from './gather.ts'

/** Doubles numbers, and records which questions came in one call. */
function doubling(max = 10) {
  const calls: (readonly number[])[] = []
  const double = gather(
    async (numbers: readonly number[]) => {
      calls.push(numbers)
      if (numbers.includes(-1)) throw new Error('none at all')
      return numbers.map((n) => (n === 0 ? Promise.reject(new Error('not this one')) : n * 2))
    },
    { max },
  )
  return { asked: calls, double }
}

describe('questions of one turn of the event loop', () => {
  it('are answered by one call, each by its own answer', async () => {
    const { asked, double } = doubling()
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6])
    expect(await double(4)).toBe(8)
    expect(asked).toEqual([[1, 2, 3], [4]])
  })

  it('are at most so many to a call', async () => {
    const { asked, double } = doubling(2)
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6])
    expect(asked).toEqual([[1, 2], [3]])
  })

  it('fail alone where an answer does, and together where the call does', async () => {
    const { double } = doubling()
    const alone = await Promise.allSettled([1, 0].map(double))
    expect(alone.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    const batched = await Promise.allSettled([1, -1].map(double))
    expect(batched.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('wait for the call on the way where one alone may be, and leave with all that came', async () => {
    const calls: (readonly number[])[] = []
    const answers: (() => void)[] = []
    const same = gather(
      (numbers: readonly number[]) => {
        calls.push(numbers)
        return new Promise<readonly number[]>((resolve) => answers.push(() => resolve(numbers)))
      },
      { max: 10, callsMax: 1 },
    )
    const first = same(1)
    await expect.poll(() => calls).toEqual([[1]])
    const others = Promise.all([same(2), same(3)])
    answers.shift()?.()
    expect(await first).toBe(1)
    await expect.poll(() => calls).toEqual([[1], [2, 3]])
    answers.shift()?.()
    expect(await others).toEqual([2, 3])
  })
})

describe('calls that are kept apart', () => {
  it('begin so long after each other, with all waiting questions; a question after a quiet time does not wait', async () => {
    const wakes: (() => void)[] = []
    let nowMs = 0
    const timer = {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      sleep: () => new Promise<void>((wake) => wakes.push(wake)),
    }
    const calls: (readonly number[])[] = []
    const same = gather(
      (numbers: readonly number[]) => {
        calls.push(numbers)
        return Promise.resolve(numbers)
      },
      { max: 10, apart: { ms: 5, timer } },
    )
    expect(await same(1)).toBe(1)
    const second = same(2)
    await expect.poll(() => wakes).toHaveLength(1)
    const third = same(3)
    nowMs = 4
    // The timer wakes too early, as one can that counts whole milliseconds.
    wakes[0]?.()
    await expect.poll(() => wakes).toHaveLength(2)
    expect(calls).toEqual([[1]])
    nowMs = 5
    wakes[1]?.()
    expect(await Promise.all([second, third])).toEqual([2, 3])
    nowMs = 10
    expect(await same(4)).toBe(4)
    expect(calls).toEqual([[1], [2, 3], [4]])
    expect(wakes).toHaveLength(2)
  })
})
