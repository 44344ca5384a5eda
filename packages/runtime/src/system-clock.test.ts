import { describe, expect, it } from 'vitest'
import { randomId } from './random-id.ts'
import { systemClock } from './system-clock.ts'

describe('systemClock', () => {
  it('sleeps at least as long as asked, by the monotonic clock', async () => {
    const startMs = systemClock.monotonicMs()
    await systemClock.sleep(20)
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19)
  })

  it('wakes when the signal aborts, and at once when it already has', async () => {
    const abort = new AbortController()
    const sleeping = systemClock.sleep(60_000, abort.signal)
    abort.abort()
    await sleeping
    await systemClock.sleep(60_000, abort.signal)
  })

  it('does not take a very long sleep for none', async () => {
    const abort = new AbortController()
    let woken = false
    const sleeping = systemClock.sleep(2 ** 40, abort.signal).then(() => (woken = true))
    await systemClock.sleep(10)
    expect(woken).toBe(false)
    abort.abort()
    await sleeping
  })
})

describe('randomId', () => {
  it('gives 23 characters that do not repeat, the first of them a letter', () => {
    const ids = new Set(Array.from({ length: 1_000 }, randomId))
    expect(ids.size).toBe(1_000)
    expect([...ids].every((id) => /^[A-Za-z][\w-]{22}$/.test(id))).toBe(true)
  })
})
