import { ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { createReplayBudget } from './replay-budget.ts'

it('accepts so many replays at once and no more, and names the time of the next one', async () => {
  const clock = new ManualClock()
  const take = createReplayBudget(clock, { perSecond: 2, burst: 2 })
  take()
  take()
  expect(take).toThrow(expect.objectContaining({ code: 'limit.reached', retryAfterMs: 500 }))
  await clock.advance(500)
  take()
  expect(take).toThrow(expect.objectContaining({ code: 'limit.reached' }))
})
