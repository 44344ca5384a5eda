import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admit,
  FIRST_GUESS,
  pieceMs,
  planReturn,
  REFUSAL_COST,
  RETURN_MAX_MS,
  RETURN_SHARE,
  RETURN_SPREAD,
  RETURN_SPREAD_MIN_MS,
  withPiece,
  type Refusal,
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
    // Nobody overtakes those who wait.
    ['wait', { running: 1, waiting: 1, ofClient: 0 }],
  ] as const)('is told to %s at %j', (answer, load) => {
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

const refusal: Refusal = { nowMs: 1_000, waiting: 10, msPerPiece: 5, random: 0.5 }

/** A crowd that is refused at once: when each comes back. */
function returnsOf(count: number, more: Partial<Refusal> = {}, random = (): number => 0): number[] {
  let booked = 0
  return Array.from({ length: count }, () => {
    const planned = planReturn(booked, { ...refusal, ...more, random: random() })
    booked = planned.bookedUntilMs
    return planned.afterMs
  })
}

/** A number by chance that is the same in every run. */
function chance(seed = 1): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('whoever is refused', () => {
  it('comes back around the time when all before him are served', () => {
    const at = (random: number) => planReturn(0, { ...refusal, waiting: 10_000, random }).afterMs
    expect((at(0) + at(1)) / 2).toBeCloseTo(50_000 + 5 / RETURN_SHARE)
  })

  it('comes back no later than the maximum, whatever the load', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.double({ min: 0.01, max: 1e4, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (booked, waiting, msPerPiece, random) => {
          const planned = planReturn(booked, { nowMs: 0, waiting, msPerPiece, random })
          expect(planned.afterMs).toBeGreaterThan(0)
          expect(planned.afterMs).toBeLessThanOrEqual(RETURN_MAX_MS)
          expect(planned.bookedUntilMs).toBeGreaterThanOrEqual(booked)
        },
      ),
    )
  })

  it('is promised a place of his own: no more of them than can be served, with some left for others', () => {
    const one = fc.record({
      gapMs: fc.double({ min: 0, max: 50, noNaN: true }),
      waiting: fc.integer({ min: 0, max: 40 }),
      ms: fc.double({ min: 0.1, max: 20, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 200 }), (all) => {
        let nowMs = 0
        let booked = 0
        for (const { gapMs, waiting, ms } of all) {
          nowMs += gapMs
          const planned = planReturn(booked, { nowMs, waiting, msPerPiece: ms, random: 0.5 })
          const place = planned.bookedUntilMs
          expect(place - Math.max(booked, nowMs + waiting * ms)).toBeCloseTo(ms / RETURN_SHARE)
          booked = place
        }
      }),
    )
  })

  it('waits for longer the more wait or were refused before, below the maximum', () => {
    const waits = (more: Partial<Refusal>, booked = 0) =>
      planReturn(booked, { ...refusal, ...more }).afterMs
    expect(waits({ waiting: 1_000 })).toBeGreaterThan(waits({ waiting: 100 }))
    expect(waits({ msPerPiece: 9 })).toBeGreaterThan(waits({ msPerPiece: 5 }))
    expect(waits({}, 20_000)).toBeGreaterThan(waits({}, 10_000))
    const all = returnsOf(10_000)
    expect(all).toEqual([...all].sort((a, b) => a - b))
  })

  it('is one of a crowd that comes back about as fast as it can be served', () => {
    const after = returnsOf(10_000, {}, chance()).sort((a, b) => a - b)
    const perSecond = new Map<number, number>()
    for (const ms of after) {
      const second = Math.ceil(ms / 1_000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    // 5 ms a piece: 200 of them in a second. Chance may put a fifth more into one.
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(240)
    expect(after.at(-1)).toBeLessThan(((10_000 * 5) / RETURN_SHARE) * (1 + RETURN_SPREAD / 2))
    // The control: with one wait for all they would come back at once.
    expect(new Set(after.map((ms) => Math.ceil(ms / 1_000))).size).toBeGreaterThan(50)
  })

  it('is moved by chance, the further the longer the wait', () => {
    const spread = (bookedUntilMs: number): number => {
      const at = (random: number) => planReturn(bookedUntilMs, { ...refusal, random }).afterMs
      return at(1) - at(0)
    }
    expect(spread(0)).toBe(RETURN_SPREAD_MIN_MS)
    expect(spread(41_000)).toBeGreaterThan(9_000)
    expect(spread(81_000)).toBeGreaterThan(spread(41_000))
  })

  it('leaves a place empty where he does not come: it is lost with its moment', () => {
    const booked = planReturn(50_000, refusal).bookedUntilMs
    const later = planReturn(booked, { ...refusal, nowMs: booked + 1, waiting: 0, random: 0 })
    expect(later.afterMs).toBeLessThan(10)
  })
})
