import { beforeEach, describe, expect, it } from 'vitest'
import { Poll } from './poll.ts'

describe('a polled question', () => {
  let questions: { readonly signal: AbortSignal; readonly answer: () => void }[]
  let poll: Poll
  beforeEach(() => {
    questions = []
    poll = new Poll(
      (signal) => new Promise((resolve) => questions.push({ signal, answer: () => resolve() })),
    )
  })
  const answerTo = async (index: number): Promise<void> => {
    questions[index]?.answer()
    // The answer goes through some promises before the next turn.
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  }

  it('skips each turn while it has no answer, and gives up none', async () => {
    poll.turn()
    poll.turn()
    poll.turn()
    expect(questions.map(({ signal }) => signal.aborted)).toEqual([false])
    await answerTo(0)
    poll.turn()
    expect(questions).toHaveLength(2)
  })

  it('is asked once more after an event that came while it was under way', async () => {
    poll.turn()
    poll.again()
    poll.again()
    expect(questions).toHaveLength(1)
    await answerTo(0)
    expect(questions).toHaveLength(2)
    await answerTo(1)
    expect(questions).toHaveLength(2)
  })

  it('is asked at once after a sleep: the question from before it is given up', async () => {
    poll.turn()
    poll.outdate()
    poll.turn()
    expect(questions.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await answerTo(0)
    poll.turn()
    expect(questions).toHaveLength(2)
  })

  it('is asked at its next turn where a sleep ends while the page is hidden', async () => {
    poll.turn()
    poll.outdate()
    expect(questions).toHaveLength(1)
    // The reader comes back later.
    poll.turn()
    poll.turn()
    expect(questions.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })

  it('is asked by nothing after its end', () => {
    poll.turn()
    poll.again()
    poll.end()
    poll.outdate()
    poll.turn()
    expect(questions.map(({ signal }) => signal.aborted)).toEqual([true])
  })
})
