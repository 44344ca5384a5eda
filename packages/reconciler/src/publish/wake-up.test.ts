import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { createWakeUp, type WakeUp } from './wake-up.ts'

const { signal } = new AbortController()
let clock: ManualClock
let wakeUp: WakeUp
beforeEach(() => {
  clock = new ManualClock()
  wakeUp = createWakeUp(clock)
})

describe('a waiting publisher', () => {
  test('learns whether it was woken', async () => {
    const waits = [1, 2].map((partition) => wakeUp.wait(partition, 100, signal))
    wakeUp.wake(1)
    await clock.advance(100)
    expect(await Promise.all(waits)).toEqual([true, false])
  })

  test('does not wait after a call that came before, unless it was heeded', async () => {
    wakeUp.wake(1)
    expect(await wakeUp.wait(1, 100, signal)).toBe(true)
    wakeUp.wake(1)
    wakeUp.consumeSignal(1)
    const waiting = wakeUp.wait(1, 100, signal)
    await clock.advance(100)
    expect(await waiting).toBe(false)
  })

  test('learns once that a heartbeat is awaited, whatever woke it', async () => {
    const waiting = wakeUp.wait(1, 100, signal)
    wakeUp.wakeForHeartbeat(1)
    expect(await waiting).toBe(true)
    expect([wakeUp.consumeSignal(1), wakeUp.consumeSignal(1)]).toEqual([true, false])
    wakeUp.wake(1)
    expect(wakeUp.consumeSignal(1)).toBe(false)
  })

  test('shares a sleep with those that wait until the same time', async () => {
    const waits = [1, 2, 3].map((partition) => wakeUp.wait(partition, 100, signal))
    expect(clock.sleeping).toBe(1)
    await clock.advance(100)
    await Promise.all(waits)
  })
})
