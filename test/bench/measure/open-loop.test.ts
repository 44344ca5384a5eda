import { describe, expect, it } from 'vitest'
import type { BenchClock } from './clock.ts'
import { Latencies } from './latencies.ts'
import { intendedAtNs, openLoop } from './open-loop.ts'

const MS = 1_000_000

/** A clock that moves only by sleeping, or if an operation takes time. */
function handClock(): BenchClock & { take(ms: number): void } {
  let nowNs = 5_000 * MS
  return {
    nowNs: () => nowNs,
    take: (ms) => void (nowNs += ms * MS),
    sleep: async (ms) => void (nowNs += ms * MS),
  }
}

const plan = { ratePerS: 1_000, durationMs: 1_000, inFlightMax: 2_000 }

describe('openLoop', () => {
  it('starts every arrival at its intended time, at a constant rate', async () => {
    const clock = handClock()
    const started: number[] = []
    await openLoop(
      { ...plan, ratePerS: 200, durationMs: 100 },
      clock,
      async (index, intendedNs) => {
        expect(clock.nowNs()).toBe(intendedNs)
        expect(intendedNs).toBe(intendedAtNs(5_000 * MS, index, 200))
        started.push(index)
      },
    )
    expect(started).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('a stall is seen by every arrival that it delayed, and none is left out', async () => {
    const clock = handClock()
    const latencies = new Latencies()
    const naive = new Latencies()
    await openLoop(plan, clock, async (index, intendedNs) => {
      const startedNs = clock.nowNs()
      if (index === 500) clock.take(100)
      latencies.record(clock.nowNs() - intendedNs)
      naive.record(clock.nowNs() - startedNs)
    })
    const distribution = latencies.distribution('ms')
    expect(distribution.n).toBe(1_000)
    expect(distribution.p99).toBeGreaterThan(85)
    // Control: counted from the real start of each, all but one seem to take no time.
    expect(naive.distribution('ms').p99).toBeLessThan(1)
  })

  it('fails where what is measured does not keep up, in place of waiting for it', async () => {
    const never = new Promise<void>(() => {})
    const run = openLoop({ ...plan, inFlightMax: 10 }, handClock(), () => never)
    await expect(run).rejects.toThrow('10 arrivals wait at 1000/s')
  })

  it('fails with the first arrival that fails', async () => {
    const fail = openLoop(plan, handClock(), async (index) => {
      if (index === 3) throw new Error('broken')
    })
    await expect(fail).rejects.toThrow('broken')
  })
})
