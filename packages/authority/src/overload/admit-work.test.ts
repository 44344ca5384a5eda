import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admit,
  FIRST_GUESS,
  FIRST_PACE,
  pieceMs,
  REFUSAL_COST,
  SLOWER_AFTER_MS,
  withPace,
  withPiece,
  type Pace,
} from './admission.ts'

const limits = { runningMax: 2, waitingMax: 4, waitingPerClientMax: 3 }

describe('one more piece of work', () => {
  it.each([
    ['run', { running: 0, waiting: 0, ofClient: 0 }],
    ['run', { running: 1, waiting: 0, ofClient: 0 }],
    ['wait', { running: 2, waiting: 0, ofClient: 0 }],
    ['wait', { running: 2, waiting: 3, ofClient: 2 }],
    ['refuse', { running: 2, waiting: 4, ofClient: 0 }],
    ['refuse', { running: 2, waiting: 3, ofClient: 3 }],
    // A later request does not overtake those that wait.
    ['wait', { running: 1, waiting: 1, ofClient: 0 }],
  ] as const)('is sent to %s at %j', (answer, load) => {
    expect(admit(load, limits)).toBe(answer)
  })

  it('finds a place wherever its client has not taken its share, and the room is not full', () => {
    const some = fc.integer({ min: 0, max: 40 })
    fc.assert(
      fc.property(some, some, some, fc.tuple(some, some), (running, others, ofClient, limited) => {
        const [room, share] = limited
        const load = { running, waiting: others + ofClient, ofClient }
        const given = { runningMax: 4, waitingMax: room, waitingPerClientMax: share }
        const answer = admit(load, given)
        const isFull = running >= 4 || load.waiting > 0
        if (!isFull) expect(answer).toBe('run')
        else if (load.waiting < room && ofClient < share) expect(answer).toBe('wait')
        else expect(answer).toBe('refuse')
      }),
    )
  })
})

describe('how long a piece takes', () => {
  const after = (pieces: number, tookMs: number, refused = 0, before = FIRST_GUESS): number => {
    let throughput = before
    for (let n = 0; n < pieces; n += 1) throughput = withPiece(throughput, tookMs, refused)
    return pieceMs(throughput)
  }

  it('is guessed at first, and known within a moment of full work', () => {
    expect(pieceMs(FIRST_GUESS)).toBeCloseTo(10 / 24)
    expect(after(500, 5)).toBeGreaterThan(4.5)
  })

  it('follows what it is now: what was measured thousands of pieces ago is forgotten', () => {
    let slow = FIRST_GUESS
    for (let n = 0; n < 5_000; n += 1) slow = withPiece(slow, 9, 0)
    expect(after(10_000, 3, 0, slow)).toBeCloseTo(3, 1)
  })

  it('leaves out what refusing took, and never more than a third', () => {
    expect(after(20_000, 6, 1)).toBeCloseTo(6 / (1 + REFUSAL_COST), 3)
    expect(after(20_000, 6, 1_000)).toBeCloseTo(4, 3)
  })

  it('lies between the shortest and the longest that was measured', () => {
    const tookMs = fc.double({ min: 0.1, max: 1_000, noNaN: true })
    fc.assert(
      fc.property(fc.array(tookMs, { minLength: 1, maxLength: 50 }), (all) => {
        const first = { tookMs: 0, pieces: 0 }
        const ms = pieceMs(all.reduce((before, each) => withPiece(before, each, 0), first))
        expect(ms).toBeGreaterThanOrEqual(Math.min(...all) * 0.999)
        expect(ms).toBeLessThanOrEqual(Math.max(...all) * 1.001)
      }),
    )
  })
})

describe('the pace that is believed', () => {
  const after = (pieces: number, nowMs: number, tookMs = nowMs, before = FIRST_PACE): Pace => {
    let pace = before
    for (let n = 0; n < pieces; n += 1) pace = withPace(pace, nowMs, tookMs)
    return pace
  }

  it('is what is measured first, and whatever is faster', () => {
    expect(after(1, 5).ms).toBe(5)
    const known = after(1_000, 5)
    expect(known.ms).toBe(5)
    expect(withPace(known, 2, 2).ms).toBe(2)
  })

  it('forgets within minutes that it was faster', () => {
    const known = after(1_000, 1)
    const inAMinute = after(SLOWER_AFTER_MS / 10, 10, 10, known).ms
    expect(inAMinute).toBeGreaterThan(6)
    expect(inAMinute).toBeLessThan(7.5)
    expect(after((10 * SLOWER_AFTER_MS) / 10, 10, 10, known).ms).toBeGreaterThan(9.9)
  })

  it('is not slowed down by a crowd that is over in seconds', () => {
    const known = after(1_000, 1)
    expect(after(500, 4, 4, known).ms).toBeLessThan(1.2)
    // The control: by what was measured just now alone, they would wait four times as long.
    expect(after(500, 4, 4, { ms: 1, pieces: 0 }).ms).toBe(4)
  })

  it('lies between what was believed and what is measured', () => {
    const ms = fc.double({ min: 0.1, max: 1_000, noNaN: true })
    fc.assert(
      fc.property(ms, ms, ms, fc.nat(1_000), (before, nowMs, tookMs, pieces) => {
        const pace = withPace({ ms: before, pieces }, nowMs, tookMs)
        expect(pace.ms).toBeGreaterThanOrEqual(Math.min(before, nowMs) * 0.999)
        expect(pace.ms).toBeLessThanOrEqual(Math.max(before, nowMs) * 1.001)
      }),
    )
  })
})
