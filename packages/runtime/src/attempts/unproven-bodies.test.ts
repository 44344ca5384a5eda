import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { SMALL_BODY_BYTES_MAX, UNPROVEN_LIMITS, UnprovenBodies } from './unproven-bodies.ts'

const LARGE = SMALL_BODY_BYTES_MAX + 1
const { byAddress, overAll } = UNPROVEN_LIMITS

let clock: ManualClock
let bodies: UnprovenBodies
beforeEach(() => {
  clock = new ManualClock()
  bodies = new UnprovenBodies(clock)
})

/** Sends bodies that prove nothing. Returns how many of them were verified. */
function attack(address: string, count: number, bytes = LARGE): number {
  let verified = 0
  for (let n = 0; n < count; n += 1) {
    if (isRefused(address, bytes)) continue
    verified += 1
    bodies.count(address, bytes, false)
  }
  return verified
}

function isRefused(address: string, bytes = LARGE): boolean {
  try {
    bodies.admit(address, bytes)
    return false
  } catch (error) {
    expect(error).toMatchObject({ code: 'limit.reached' })
    return true
  }
}

describe('large bodies that prove no source', () => {
  it('are verified up to a limit by address, which fills up again', async () => {
    expect(attack('a', 100)).toBe(byAddress.burst)
    expect(() => bodies.admit('a', LARGE)).toThrow(expect.objectContaining({ retryAfterMs: 1_000 }))
    await clock.advance(5_000)
    expect(attack('a', 100)).toBe(5 * byAddress.perSecond)
  })

  it('do not limit other addresses', () => {
    attack('a', 100)
    expect(isRefused('b')).toBe(false)
  })

  it('never limit small bodies, and small bodies never limit large ones', () => {
    attack('a', 100)
    expect(isRefused('a', SMALL_BODY_BYTES_MAX)).toBe(false)
    expect(attack('b', 1_000, SMALL_BODY_BYTES_MAX)).toBe(1_000)
    expect(isRefused('b')).toBe(false)
  })

  it('have a limit over all addresses, except for those that a source came from', async () => {
    bodies.count('known', LARGE, true)
    const addresses = overAll.burst / byAddress.burst
    for (let n = 0; n < addresses; n += 1)
      expect(attack(`a${n}`, byAddress.burst)).toBe(byAddress.burst)
    expect(isRefused('new')).toBe(true)
    expect(isRefused('known')).toBe(false)
    await clock.advance(1_000)
    expect(attack('new', 100)).toBe(byAddress.burst)
  })

  it('control: bodies that prove a source are not counted', () => {
    for (let n = 0; n < 1_000; n += 1) bodies.count('a', LARGE, true)
    expect(isRefused('a')).toBe(false)
  })
})
