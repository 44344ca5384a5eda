import { beforeEach, describe, expect, it } from 'vitest'
import { FLOOR_LAG_MS, QueueFloor, FULL_SCAN_MS } from './queue-floor.ts'

let nowMs: number
let floor: QueueFloor
beforeEach(() => {
  nowMs = 0
  floor = new QueueFloor({ monotonicMs: () => nowMs })
  expect(floor.next()).toBe(0n)
})

describe('the floor of a queue', () => {
  it('stays behind what was removed, so that a row that is committed late is read', () => {
    floor.raise(7n)
    expect(floor.next()).toBe(0n)
    nowMs += FLOOR_LAG_MS - 1
    floor.raise(8n)
    expect(floor.next()).toBe(0n)
    nowMs += 1
    floor.raise(9n)
    expect(floor.next()).toBe(7n)
  })

  it('reaches what was removed where nothing waits, and never falls', () => {
    floor.raise(7n)
    nowMs += FLOOR_LAG_MS
    floor.raise(0n)
    expect(floor.next()).toBe(7n)
    nowMs += 1
    floor.raise(9n)
    floor.raise(3n)
    expect(floor.next()).toBe(7n)
    for (const times of [2, 3]) {
      nowMs = times * FLOOR_LAG_MS
      floor.raise(0n)
    }
    expect([floor.next(), floor.next()]).toEqual([0n, 9n])
  })

  it('is left out every ten seconds', () => {
    floor.raise(7n)
    nowMs += FLOOR_LAG_MS
    floor.raise(0n)
    expect(floor.next()).toBe(7n)
    nowMs = FULL_SCAN_MS
    expect([floor.next(), floor.next()]).toEqual([0n, 7n])
  })
})
