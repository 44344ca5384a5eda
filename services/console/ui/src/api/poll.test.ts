import { beforeEach, describe, expect, it } from 'vitest'
import { Poll } from './poll.ts'

describe('a polled question', () => {
  let asked: { readonly signal: AbortSignal; readonly answer: () => void }[]
  let poll: Poll
  beforeEach(() => {
    asked = []
    poll = new Poll(
      (signal) => new Promise((resolve) => asked.push({ signal, answer: () => resolve() })),
    )
  })
  const answerTo = async (index: number): Promise<void> => {
    asked[index]?.answer()
    // The answer goes through some promises before the next turn.
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  }

  it('skips each turn while it has no answer, and gives up none', async () => {
    poll.turn()
    poll.turn()
    poll.turn()
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false])
    await answerTo(0)
    poll.turn()
    expect(asked).toHaveLength(2)
  })

  it('is asked once more after an event that came while it was under way', async () => {
    poll.turn()
    poll.again()
    poll.again()
    expect(asked).toHaveLength(1)
    await answerTo(0)
    expect(asked).toHaveLength(2)
    await answerTo(1)
    expect(asked).toHaveLength(2)
  })

  it('is asked at once after a sleep: the question from before it is given up', async () => {
    poll.turn()
    poll.outdate()
    poll.turn()
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await answerTo(0)
    poll.turn()
    expect(asked).toHaveLength(2)
  })

  it('is asked at its next turn where a sleep ends while the page is hidden', async () => {
    poll.turn()
    poll.outdate()
    expect(asked).toHaveLength(1)
    // The reader comes back later.
    poll.turn()
    poll.turn()
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })

  it('is asked by nothing after its end', () => {
    poll.turn()
    poll.again()
    poll.end()
    poll.outdate()
    poll.turn()
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true])
  })
})
