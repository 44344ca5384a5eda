import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import type { QuarantinedCount } from './quarantine-store.ts'
import { COUNT_EVERY_MS, runCounting, type WaitingCount } from './run-counting.ts'

describe('counting what is parked', () => {
  it('adds up what waits, whatever its state, and goes on after a failure', async () => {
    const clock = new ManualClock()
    const counted: (readonly WaitingCount[])[] = []
    const failures: unknown[] = []
    const at = { topic: 't', reason: 'event.forbidden' }
    const nowMs = clock.nowMs()
    const answers: (readonly QuarantinedCount[])[] = [
      [
        { ...at, state: 'open', records: 2, oldestAtMs: nowMs - 1_000 },
        { ...at, state: 'replaying', records: 1, oldestAtMs: nowMs - 3_000 },
      ],
    ]
    const stop = new AbortController()
    const running = runCounting(
      {
        store: {
          async counts() {
            const answer = answers.shift()
            if (answer) return answer
            throw new FreshetError('database.unavailable', 'Planned: away.')
          },
        },
        timer: clock,
        onCounted: (waiting) => counted.push(waiting),
        onFailed: (error) => failures.push(error),
      },
      stop.signal,
    )
    await clock.advance(0)
    await clock.advance(COUNT_EVERY_MS)
    expect(counted).toEqual([[{ ...at, records: 3, oldestAgeMs: 3_000 }]])
    expect(failures).toHaveLength(1)
    stop.abort()
    await running
  })
})
