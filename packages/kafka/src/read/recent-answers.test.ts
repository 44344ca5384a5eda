import { ManualClock } from '@freshet/testkit'
import { beforeEach, expect, it } from 'vitest'
import { BUSY_ANSWERS, RECENT_MS, RecentAnswers } from './recent-answers.ts'

let clock: ManualClock
let recent: RecentAnswers

beforeEach(() => {
  clock = new ManualClock()
  recent = new RecentAnswers(() => clock.monotonicMs())
})

async function note(count: number, apartMs: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await clock.advance(apartMs)
    recent.note()
  }
}

it('are many once a loop got so many within the time', async () => {
  await note(BUSY_ANSWERS - 1, 1)
  expect(recent.areMany).toBe(false)
  await note(1, 1)
  expect(recent.areMany).toBe(true)
})

it('are many no more when the first of them is old', async () => {
  await note(BUSY_ANSWERS, 0)
  await clock.advance(RECENT_MS - 1)
  expect(recent.areMany).toBe(true)
  await clock.advance(1)
  expect(recent.areMany).toBe(false)
})

it('are never many where they come slowly', async () => {
  await note(10 * BUSY_ANSWERS, RECENT_MS / (BUSY_ANSWERS - 1))
  expect(recent.areMany).toBe(false)
})
