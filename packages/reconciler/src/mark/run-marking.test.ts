import { FLOOR_LAG_MS, WHOLE_LOOK_MS } from '@freshet/events'
import { ManualClock } from '@freshet/testkit'
import { expect, it } from 'vitest'
import type { MarkLimit } from './mark-store.ts'
import { MARK_BREATH_MS, runMarking } from './run-marking.ts'

const STEPS = (3 * FLOOR_LAG_MS + WHOLE_LOOK_MS) / MARK_BREATH_MS

/** The turn of the mark that waits longest, by step. The marks of the second tenant are the younger ones. */
const turnOf = (step: number): bigint => BigInt(1_000 + 10 * Math.floor(step / 2) + (step % 2))

it('reads from the mark that waited longest in a round through all tenants, although the queue is never empty', async () => {
  const clock = new ManualClock()
  const behind: bigint[] = []
  const store = {
    markSome: ({ after, behind: from = 0n, onTurn, onOldest }: MarkLimit) => {
      const step = behind.push(from) - 1
      const tenant = after === 'acme' ? 'globex' : 'acme'
      onTurn?.(tenant)
      onOldest?.(turnOf(step))
      return Promise.resolve({ tenant, made: 1, stale: [] })
    },
  }
  const stop = new AbortController()
  const running = runMarking({ store, timer: clock }, stop.signal)
  for (let step = 0; step < STEPS; step++) await clock.advance(MARK_BREATH_MS)
  stop.abort()
  await clock.advance(1)
  await running

  expect(behind.filter((from) => from === 0n).length).toBeLessThan(behind.length / 2)
  expect(behind.at(-1)).toBeGreaterThan(turnOf(behind.length / 4))
  const isHidden = behind.some((from, step) => from >= turnOf(step))
  expect(isHidden).toBe(false)
})
