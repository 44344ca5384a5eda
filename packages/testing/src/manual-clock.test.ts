import { describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.ts'

describe('ManualClock', () => {
  it('wakes each sleeper at its own moment and in order', async () => {
    const clock = new ManualClock(1_000)
    const woken: string[] = []
    const note = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms)
      woken.push(`${name}@${clock.nowMs()}`)
    }
    void note('late', 30)
    void note('early', 10)
    await clock.advance(29)
    expect(woken).toEqual(['early@1010'])
    await clock.advance(1)
    expect(woken).toEqual(['early@1010', 'late@1030'])
  })

  it('lets a loop that sleeps again take every turn inside one advance', async () => {
    const clock = new ManualClock()
    let turns = 0
    void (async () => {
      for (;;) {
        await clock.sleep(10)
        turns += 1
      }
    })()
    await clock.advance(100)
    expect(turns).toBe(10)
  })

  it('ends a sleep when the signal aborts, and one that starts aborted at once', async () => {
    const clock = new ManualClock()
    const abort = new AbortController()
    const sleeping = clock.sleep(1_000, abort.signal)
    abort.abort()
    await sleeping
    await clock.sleep(1_000, abort.signal)
    expect(clock.sleeping).toBe(0)
    expect(clock.monotonicMs()).toBe(0)
  })

  it('moves the wall clock alone on a jump', () => {
    const clock = new ManualClock(5_000)
    clock.jumpWall(-3_000)
    expect(clock.nowMs()).toBe(2_000)
    expect(clock.monotonicMs()).toBe(0)
  })
})
