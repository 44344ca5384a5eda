import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClockOffset } from './clock-offset.ts'

const WINDOW_MS = 30_000

describe('the offset of another clock', () => {
  it('is not known before something was received, and has no error before something was sent', () => {
    const offset = new ClockOffset(WINDOW_MS)
    expect(offset.estimate).toBeUndefined()
    offset.received(5_010, 10)
    expect(offset.estimate).toEqual({ offsetMs: 5_000, errorMs: null })
    offset.sent(5_023, 20)
    expect(offset.estimate).toEqual({ offsetMs: 5_002, errorMs: 2 })
  })

  it('lies within the error, however slow single journeys are', () => {
    const journey = fc.record({ atMs: fc.nat(20_000), tookMs: fc.nat(3_000), isSent: fc.boolean() })
    fc.assert(
      fc.property(
        fc.integer({ min: -3_600_000, max: 3_600_000 }),
        fc.array(journey, { minLength: 2, maxLength: 40 }),
        (trueOffsetMs, journeys) => {
          const offset = new ClockOffset(WINDOW_MS)
          for (const { atMs, tookMs, isSent } of journeys.toSorted((a, b) => a.atMs - b.atMs)) {
            if (isSent) offset.sent(Math.floor(atMs + tookMs + trueOffsetMs), atMs)
            else offset.received(Math.floor(atMs - tookMs + trueOffsetMs), atMs)
          }
          const { estimate } = offset
          if (estimate === undefined || estimate.errorMs === null) return
          expect(Math.abs(estimate.offsetMs - trueOffsetMs)).toBeLessThanOrEqual(estimate.errorMs)
        },
      ),
    )
  })

  it('follows a clock that jumped: at first the error is as large as the jump, then it is gone', () => {
    const offset = new ClockOffset(WINDOW_MS)
    offset.received(1_000, 0)
    offset.sent(1_001, 0)
    const jumpMs = 3_600_000
    offset.received(jumpMs + 2_000, 1_000)
    offset.sent(jumpMs + 2_001, 1_000)
    expect(offset.estimate?.errorMs).toBeGreaterThan(jumpMs / 3)
    for (const ownMs of [31_000, 62_000]) {
      offset.received(jumpMs + 1_000 + ownMs, ownMs)
      offset.sent(jumpMs + 1_001 + ownMs, ownMs)
    }
    expect(offset.estimate).toEqual({ offsetMs: jumpMs + 1_001, errorMs: 1 })
  })

  it('does not use observations from before a long pause', () => {
    const offset = new ClockOffset(WINDOW_MS)
    offset.sent(1_001, 0)
    offset.received(101_000, 100_000)
    expect(offset.estimate).toEqual({ offsetMs: 1_000, errorMs: null })
  })
})
