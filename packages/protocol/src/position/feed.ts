import type { SourceState } from '../checkpoint/checkpoint.ts'
import { latestThroughMs } from '../mint/source-lease.ts'

/** Numbers that may wait beyond a hole before the feed gives up and needs a resync. */
export const FEED_BEYOND_MAX = 10_000

/**
 * The state of one feed, (tenant, source), in one partition.
 *
 * `complete`: every number up to here was seen. `beyond`: numbers seen above a hole, ascending. Numbers
 * decide nothing but whether a heartbeat counts (rules 12 and 36).
 */
export interface FeedState {
  readonly complete: bigint
  readonly beyond: readonly bigint[]
  /** `null` until a heartbeat counted in this incarnation (rule 18). */
  readonly throughMs: number | null
  /**
   * Nothing counts until a full statement has ended: a record was authentic but unreadable even to its
   * subject, or the statement that is open answers for a hole, or waits to be confirmed.
   */
  readonly halted: boolean
  /**
   * By how much the last heartbeat was ahead of the broker, in milliseconds, where that was too much for it to
   * count. Absent: it was not.
   */
  readonly aheadMs?: number
}

/** A feed without any record here. */
export const SILENT_FEED: FeedState = {
  complete: 0n,
  beyond: [],
  throughMs: null,
  halted: false,
}

/** Takes note of a number, of an accepted record or of an authentic one that was refused. */
export function observeNumber(feed: FeedState, number: bigint): FeedState {
  const { complete, beyond } = feed
  if (number <= complete) return feed
  if (number === complete + 1n) return { ...feed, ...closeGap(number, beyond) }
  const place = placeIn(beyond, number)
  if (beyond[place] === number || beyond.length >= FEED_BEYOND_MAX) return feed
  return { ...feed, beyond: beyond.toSpliced(place, 0, number) }
}

/** The place of the first of these ascending numbers that is not below this one: a feed with a hole has many. */
function placeIn(ascending: readonly bigint[], number: bigint): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? number) < number) low = middle + 1
    else high = middle
  }
  return low
}

function closeGap(
  number: bigint,
  beyond: readonly bigint[],
): Pick<FeedState, 'complete' | 'beyond'> {
  let complete = number
  let taken = 0
  while (beyond[taken] === complete + 1n) {
    complete += 1n
    taken += 1
  }
  return { complete, beyond: beyond.slice(taken) }
}

/**
 * A heartbeat advances `through` only when every number up to its `last` was seen (rule 12). One from the future, by
 * the broker's time of its append, comes from a wrong clock and counts never. A stored `through` from the future is
 * replaced by the next heartbeat that counts.
 */
export function observeHeartbeat(
  feed: FeedState,
  heartbeat: { readonly throughMs: number; readonly last: bigint },
  appendedAtMs: number,
): FeedState {
  const latestMs = latestThroughMs(appendedAtMs)
  if (heartbeat.throughMs > latestMs)
    return { ...feed, aheadMs: heartbeat.throughMs - appendedAtMs }
  const { aheadMs, ...inTime } = feed
  const observed = aheadMs === undefined ? feed : inTime
  if (feed.halted || heartbeat.last > feed.complete) return observed
  const { throughMs } = feed
  if (throughMs !== null && throughMs <= latestMs && throughMs >= heartbeat.throughMs)
    return observed
  return { ...observed, throughMs: heartbeat.throughMs }
}

/**
 * A full statement begins with this number, and answers for every hole below it. Until it has ended
 * nothing counts; numbers above it are awaited as before, because it knows nothing of theirs.
 */
export function awaitStatement(feed: FeedState, number: bigint): FeedState {
  if (number <= feed.complete) return feed
  const beyond = feed.beyond.filter((other) => other > number)
  return { ...feed, halted: true, ...closeGap(number, beyond) }
}

/** The end of a full statement ends a halt. */
export function endHalt(feed: FeedState): FeedState {
  return feed.halted ? { ...feed, halted: false } : feed
}

/** A new incarnation of the topic: a `through` of the old one proves nothing (rule 18). */
export function forgetThrough(feed: FeedState): FeedState {
  return { ...feed, throughMs: null }
}

/** The state of a feed, in one term for people and edges. */
export function feedCondition(
  feed: Pick<FeedState, 'halted' | 'throughMs'> & { readonly beyond: { readonly length: number } },
): SourceState {
  if (feed.halted) return 'halted'
  if (feed.beyond.length > 0) return 'hole'
  return feed.throughMs === null ? 'silent' : 'complete'
}
