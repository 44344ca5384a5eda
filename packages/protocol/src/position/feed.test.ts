import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CLOCK_TOLERANCE_MS } from '../mint/source-lease.ts'
import {
  awaitStatement,
  endHalt,
  FEED_BEYOND_MAX,
  feedCondition,
  forgetThrough,
  observeHeartbeat,
  observeNumber,
  SILENT_FEED,
  type FeedState,
} from './feed.ts'

function seen(...numbers: readonly number[]): FeedState {
  return numbers.reduce((feed, n) => observeNumber(feed, BigInt(n)), SILENT_FEED)
}

test('numbers in any order, some twice, give one complete prefix', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 }), (order) => {
      const feed = seen(...order, ...order)
      expect(feed).toEqual({ ...SILENT_FEED, complete: 6n })
    }),
  )
})

test('numbers above a hole, in any order, some twice, are kept once each and ascend', () => {
  const above = fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1 })
  fc.assert(
    fc.property(above, (order) => {
      const beyond = [...new Set(order)].toSorted((a, b) => a - b).map(BigInt)
      expect(seen(1, ...order, ...order)).toEqual({ ...SILENT_FEED, complete: 1n, beyond })
    }),
  )
})

test('a heartbeat counts only when every number up to its last was seen (rule 12)', () => {
  const holed = seen(1, 3)
  expect(observeHeartbeat(holed, { throughMs: 1000, last: 3n }, 2_000).throughMs).toBeNull()
  const filled = observeNumber(holed, 2n)
  expect(observeHeartbeat(filled, { throughMs: 1000, last: 3n }, 2_000).throughMs).toBe(1000)
})

test('events never advance `through`, and `through` never goes back (rule 13)', () => {
  const feed = observeHeartbeat(seen(1), { throughMs: 2000, last: 1n }, 2_000)
  expect(observeNumber(feed, 2n).throughMs).toBe(2000)
  expect(observeHeartbeat(feed, { throughMs: 1000, last: 1n }, 2_000).throughMs).toBe(2000)
})

test('a new incarnation forgets `through` and keeps the numbers (rule 18)', () => {
  const feed = forgetThrough(observeHeartbeat(seen(1, 2), { throughMs: 2000, last: 2n }, 2_000))
  expect(feed).toEqual({ ...SILENT_FEED, complete: 2n })
})

test('a halted feed counts no heartbeat until a full statement has ended', () => {
  const halted = { ...seen(1), halted: true }
  expect(observeHeartbeat(halted, { throughMs: 1000, last: 1n }, 2_000).throughMs).toBeNull()
  expect(observeHeartbeat(endHalt(halted), { throughMs: 1000, last: 1n }, 2_000).throughMs).toBe(
    1000,
  )
})

test('a full statement answers for the holes before its begin, and nothing counts until its end', () => {
  const begun = awaitStatement(seen(1, 3, 5), 5n)
  expect(begun).toEqual({ ...SILENT_FEED, complete: 5n, halted: true })
  expect(endHalt(observeNumber(begun, 6n))).toEqual({ ...SILENT_FEED, complete: 6n })
})

test('a gap behind the begin of a snapshot stays, in spite of the snapshot', () => {
  const ended = endHalt(observeNumber(awaitStatement(seen(1, 3, 5), 5n), 7n))
  expect(ended).toEqual({ ...SILENT_FEED, complete: 5n, beyond: [7n] })
  expect(observeHeartbeat(ended, { throughMs: 1000, last: 7n }, 2_000).throughMs).toBeNull()
})

test('a full statement without a hole before it leaves trust as it was', () => {
  const feed = seen(1, 2, 3)
  expect(awaitStatement(feed, 3n)).toBe(feed)
})

test('numbers beyond a hole are bounded: more of them leave the feed with its hole', () => {
  const beyond = Array.from({ length: FEED_BEYOND_MAX }, (_, n) => BigInt(n + 2))
  const full = { ...SILENT_FEED, beyond: beyond.map((n) => n + 1n) }
  expect(observeNumber(full, 1_000_000n)).toBe(full)
  expect(feedCondition(full)).toBe('hole')
})

test('a heartbeat from the future, by the broker, counts never and hides no right one (rule 16)', () => {
  const [appendedAtMs, tolerance] = [10_000, CLOCK_TOLERANCE_MS]
  const observed = (feed: FeedState, throughMs: number): FeedState =>
    observeHeartbeat(feed, { throughMs, last: 1n }, appendedAtMs)
  const ahead = observed(seen(1), appendedAtMs + tolerance + 1)
  expect(ahead).toEqual({ ...seen(1), aheadMs: tolerance + 1 })
  expect(observed(ahead, 9_999)).toEqual({ ...seen(1), throughMs: 9_999 })
  expect(observed(seen(1), appendedAtMs + tolerance).throughMs).toBe(appendedAtMs + tolerance)
})

test('a stored `through` from the future is replaced by the next heartbeat that counts', () => {
  const stored = { ...seen(1), throughMs: 99_999 }
  expect(observeHeartbeat(stored, { throughMs: 9_000, last: 2n }, 10_000)).toEqual(stored)
  expect(observeHeartbeat(stored, { throughMs: 9_000, last: 1n }, 10_000).throughMs).toBe(9_000)
})

test('control: by the append time of a broker that is ahead itself, the future counts', () => {
  const heartbeat = { throughMs: 99_999, last: 1n }
  expect(observeHeartbeat(seen(1), heartbeat, 99_000).throughMs).toBe(99_999)
})
