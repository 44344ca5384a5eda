import { ManualClock } from '@freshet/testkit'
import { setImmediate as turnOver } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { answerWithin } from './answer-within.ts'

const late = (): Error => new Error('late')

/** A timer of a process that was held up: each sleep is over in the next turn of the event loop. */
const overdue = { nowMs: () => 0, monotonicMs: () => 0, sleep: () => turnOver() }
/** An answer that came meanwhile, and is read after the timers of that turn. */
const read = () => turnOver().then(() => turnOver('in time'))

it('an answer that came while the process was held up is not late', async () => {
  const found = answerWithin(read(), { timer: overdue, withinMs: 1_000, late })
  expect(await found).toBe('in time')
})

it('control: a limit of one piece takes it for late', async () => {
  const found = answerWithin(read(), { timer: overdue, withinMs: 1, late })
  await expect(found).rejects.toThrow('late')
})

it('control: an answer that does not come is late, and nothing sleeps on', async () => {
  const timer = new ManualClock()
  const found = answerWithin(new Promise(() => {}), { timer, withinMs: 1_000, late })
  const outcome = found.catch((error: unknown) => String(error))
  await timer.advance(1_000)
  expect([await outcome, timer.sleeping]).toEqual(['Error: late', 0])
})

it('an answer that comes ends the wait', async () => {
  const timer = new ManualClock()
  expect(await answerWithin(Promise.resolve(1), { timer, withinMs: 1_000, late })).toBe(1)
  await turnOver()
  expect(timer.sleeping).toBe(0)
})
