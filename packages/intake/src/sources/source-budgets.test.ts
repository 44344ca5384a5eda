import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { HEARTBEATS_PER_SECOND, QUESTIONS_PER_SECOND, SourceBudgets } from './source-budgets.ts'

const LIMITS = {
  eventsPerSecond: 100,
  bytesPerSecond: 1_000,
  requestsPerSecond: 10,
  eventsInFlight: 150,
}

let clock: ManualClock
let budgets: SourceBudgets
beforeEach(() => {
  clock = new ManualClock()
  budgets = new SourceBudgets(LIMITS, clock)
})

/** Admits events and answers them at once. */
function send(source: string, wanted: number): number {
  const { count, release } = budgets.admit(source, wanted)
  release()
  return count
}

const reached = (message: RegExp, retryAfterMs: number): object => ({
  code: 'limit.reached',
  message: expect.stringMatching(message),
  retryAfterMs,
})

describe('the budgets of sources', () => {
  it('let the first events of a call go on, and state when the others can come', () => {
    expect(send('hr', 150)).toBe(150)
    const { count, refusal } = budgets.admit('hr', 100)
    expect(count).toBe(50)
    expect(refusal).toMatchObject(reached(/hr .* 100 events a second/, 500))
  })

  it('give nothing of one source to another', async () => {
    send('hr', 150)
    send('hr', 150)
    expect(send('hr', 1)).toBe(0)
    expect(send('iga', 150)).toBe(150)
    budgets.takeBody('hr', 'requests', 2_000)
    expect(() => budgets.takeBody('hr', 'requests', 1)).toThrow('bytes a second')
    budgets.takeBody('iga', 'requests', 2_000)
  })

  it('count events in flight until they are answered, whatever the rate allows', async () => {
    const first = budgets.admit('hr', 150)
    const second = budgets.admit('hr', 10)
    expect(second.count).toBe(0)
    expect(second.refusal).toMatchObject(reached(/hr .* 150 events in flight/, 1_000))
    second.release()
    first.release()
    expect(budgets.admit('hr', 10)).toMatchObject({ count: 10, refusal: undefined })
  })

  it('take nothing for a body that is refused', async () => {
    budgets.takeBody('hr', 'requests', 1_500)
    expect(() => budgets.takeBody('hr', 'requests', 600)).toThrow(
      expect.objectContaining(reached(/hr/, 100)),
    )
    budgets.takeBody('hr', 'requests', 500)
    await clock.advance(2_000)
    budgets.takeBody('hr', 'requests', 2_000)
  })

  it('never let changes or questions take the place of heartbeats', () => {
    send('hr', 150)
    send('hr', 150)
    budgets.takeBody('hr', 'requests', 2_000)
    for (let n = 0; n < 2 * QUESTIONS_PER_SECOND; n += 1) budgets.takeRequest('hr', 'questions')
    expect(() => budgets.takeRequest('hr', 'questions')).toThrow('questions a second')
    for (let n = 0; n < 2 * HEARTBEATS_PER_SECOND; n += 1) budgets.takeHeartbeat('hr', 'acme')
    expect(() => budgets.takeHeartbeat('hr', 'acme')).toThrow('heartbeats a second')
    budgets.takeHeartbeat('hr', 'other')
  })
})
