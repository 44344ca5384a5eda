import { ManualClock } from '@freshet/testkit'
import { FLOOR_LAG_MS } from '@freshet/wire'
import { expect, it } from 'vitest'
import { type MarkLimit, MARK_BREATH_MS, runMarking } from './run-marking.ts'

const STEPS = (3 * FLOOR_LAG_MS) / MARK_BREATH_MS

/** The turn of the mark that waits longest, by step. */
const turnOf = (step: number): bigint => BigInt(1_000 + step)

it('reads from the mark that waits longest, although the queue is never empty', async () => {
  const clock = new ManualClock()
  const behind: bigint[] = []
  const store = {
    markSome: ({ behind: from = 0n, onTurn, onFloor }: MarkLimit) => {
      onFloor?.(turnOf(behind.push(from) - 1))
      onTurn?.('acme')
      return Promise.resolve({ tenant: 'acme', made: 1, stale: [], more: true })
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
