import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { FreshetError } from '@freshet/protocol'
import type { LogFollower } from '@freshet/wire'
import { backOff, type BackOff } from './back-off.ts'
import { refusedPartition } from '../protocol/batch-codec.ts'
import { boundsOf } from './bounds.ts'
import {
  ask,
  FETCH_WAIT_MS,
  readAnswered,
  type Fetched,
  type Positions,
} from '../protocol/fetch.ts'
import { fetchAhead } from './fetch-ahead.ts'
import type { CoalescedFetch } from './coalesced-fetch.ts'
import { groupedByLeader, leaderOf, loadTopic } from '../client/leaders.ts'
import type { BrokerSession, SessionOpener } from '../client/session.ts'

/** The most records of one delivery. The event loop runs other work between two deliveries. */
export const LOT_MAX = 2_000

/** The state of one call of `follow`. The positions move as records are delivered. */
export interface Following {
  readonly topic: string
  readonly positions: Map<number, bigint>
  readonly leaderEpochs: Map<number, number>
  readonly follower: LogFollower
  /** Ends every loop of this call. */
  readonly stop: AbortController
  readonly open: SessionOpener
  /** Lets quiet loops of one reader share requests. Absent: each asks alone. */
  readonly coalescedFetch?: CoalescedFetch
  /** Called with an offset that has no record and was passed. */
  readonly onGap: (partition: number, offset: bigint) => void
}

/**
 * Follows partitions that have one leader, as far as is known. If several nodes lead them, each node gets a
 * loop and connections of its own, so no loop waits for another. Each partition without a leader, and each
 * one whose next batch is refused, also gets its own. Loops split and never join again: there are at most as
 * many as partitions.
 */
export async function followGroup(
  following: Following,
  partitions: readonly number[],
  wasLost = false,
): Promise<void> {
  const pauses = backOff()
  let isLost = wasLost
  while (!following.stop.signal.aborted) {
    const session = following.open()
    const close = (): void => void session.close()
    following.stop.signal.addEventListener('abort', close, { once: true })
    let groups: Groups = [partitions]
    try {
      groups = await groupsByLeader(following, session, partitions)
      if (groups.length === 1) await fetchLoop(following, session, { partitions, isLost, pauses })
    } catch (error) {
      rethrowUnlessTrouble(following, error)
      isLost = true
      groups = groupsAround(refusedPartition(error), partitions)
      if (groups.length === 1) await pauses.wait(following.stop.signal)
    } finally {
      following.stop.signal.removeEventListener('abort', close)
      await session.close()
    }
    if (groups.length === 1) continue
    await allOf(groups.map((group) => followGroup(following, group, isLost)))
    return
  }
}

type Groups = readonly (readonly number[])[]

/** Separates a partition whose next batch is refused, so that it waits alone. */
function groupsAround(refused: number | undefined, partitions: readonly number[]): Groups {
  const others = partitions.filter((partition) => partition !== refused)
  return refused === undefined || others.length === 0 ? [partitions] : [[refused], others]
}

async function groupsByLeader(
  following: Following,
  session: BrokerSession,
  partitions: readonly number[],
): Promise<Groups> {
  await loadTopic(session, following.topic)
  return groupedByLeader(session, following.topic, partitions)
}

/**
 * Reports trouble with the broker, which the loop waits out. Throws an error that a person or the follower
 * must act on; it ends all loops.
 */
function rethrowUnlessTrouble(following: Following, error: unknown): void {
  if (following.stop.signal.aborted) return
  const known = following.open.trouble.classify(error, attemptOf(following))
  if (known.disposition === 'retry') {
    following.follower.onTrouble?.(known)
    return
  }
  following.stop.abort(known)
  throw known
}

function attemptOf({ topic }: Following): string {
  return `Follow ${topic}`
}

interface Loop {
  readonly partitions: readonly number[]
  readonly isLost: boolean
  readonly pauses: BackOff
}

async function fetchLoop(following: Following, session: BrokerSession, loop: Loop): Promise<void> {
  const { topic, stop, coalescedFetch } = following
  const { signal } = stop
  const leader = await leaderOf(session, topic, loop.partitions[0] ?? 0)
  if (loop.isLost) await reportReconnect(following, loop.partitions)
  const ahead = fetchAhead((positions) => ask(leader, topic, positions, FETCH_WAIT_MS))
  let isQuiet = false
  while (!signal.aborted) {
    const positions = new Map(loop.partitions.map((p) => [p, following.positions.get(p) ?? 0n]))
    try {
      const { parts, requested } =
        isQuiet && coalescedFetch !== undefined
          ? await coalescedFetch({ leader, topic, positions, signal })
          : { parts: await ahead.take(positions), requested: positions.size }
      isQuiet = false
      const answers = await readAnswered(parts, positions)
      loop.pauses.reset()
      following.open.trouble.succeeded(attemptOf(following))
      if (answers.some(isMoreBehind)) ahead.begin(positionsBehind(answers, positions))
      const delivered = allOf(answers.map((answer) => deliver(following, answer, requested)))
      isQuiet = (await isOverSoon(delivered)) && answers.every(({ next, end }) => next >= end)
      await delivered
    } catch (error) {
      await recoverOffset(following, session, error)
      await loop.pauses.wait(signal)
    }
  }
}

/** Returns whether the followers were done within this turn of the event loop. */
function isOverSoon(delivered: Promise<void>): Promise<boolean> {
  return Promise.race([delivered.then(() => true), yieldToOthers(false)])
}

/**
 * Returns whether more records follow. Only then the broker answers the next fetch at once; else that fetch
 * would wait for records which are not written yet.
 */
function isMoreBehind({ records, next, end }: Fetched): boolean {
  return records.length > 0 && next < end
}

function positionsBehind(answers: readonly Fetched[], positions: Positions): Positions {
  return new Map([
    ...positions,
    ...answers.map(({ partition, next }) => [partition, next] as const),
  ])
}

async function reportReconnect(following: Following, partitions: readonly number[]): Promise<void> {
  await allOf(
    partitions.map((partition) =>
      callFollower(following, () => following.follower.onReconnect?.(partition)),
    ),
  )
}

async function deliver(following: Following, answer: Fetched, requested: number): Promise<void> {
  await noteLeaderEpoch(following, answer)
  if (answer.records.length > 0) await deliverLots(following, answer)
  else await deliverNothing(following, answer, requested)
}

/**
 * Reports a change of the leader epoch, which the batches contain. A connection survives if leadership moves
 * away and back between two fetches, so the connection alone does not show the change.
 */
async function noteLeaderEpoch(following: Following, answer: Fetched): Promise<void> {
  if (answer.leaderEpoch === null) return
  const known = following.leaderEpochs.get(answer.partition)
  following.leaderEpochs.set(answer.partition, answer.leaderEpoch)
  if (known !== undefined && answer.leaderEpoch !== known) {
    await reportReconnect(following, [answer.partition])
  }
}

async function deliverLots(following: Following, answer: Fetched): Promise<void> {
  const { partition, records, end } = answer
  for (let from = 0; from < records.length; from += LOT_MAX) {
    if (from > 0) await yieldToOthers()
    const lot = records.slice(from, from + LOT_MAX)
    await callFollower(following, () => following.follower.onRecords(partition, lot, end))
    following.positions.set(partition, (lot.at(-1)?.offset ?? 0n) + 1n)
  }
  following.positions.set(partition, answer.next)
}

/**
 * Handles an answer without records. There are three cases: everything is read, or the other partitions used
 * up the byte budget, or the broker emptied the batch at the position. An emptied batch is certain only if
 * the fetch asked for no other partition. The broker would return it for ever.
 */
async function deliverNothing(
  following: Following,
  answer: Fetched,
  requested: number,
): Promise<void> {
  const { partition, next, end } = answer
  if (next >= end) {
    await callFollower(following, () => following.follower.onRecords(partition, [], end))
    following.positions.set(partition, next)
  } else if (next > (following.positions.get(partition) ?? 0n)) {
    following.positions.set(partition, next)
  } else if (requested === 1) {
    following.onGap(partition, next)
    // The loop moves by one offset: a larger step could pass over a record after the emptied batch.
    following.positions.set(partition, next + 1n)
  }
}

async function recoverOffset(
  following: Following,
  session: BrokerSession,
  error: unknown,
): Promise<void> {
  const { type, partition } = error as { type?: unknown; partition?: unknown }
  if (type !== 'OFFSET_OUT_OF_RANGE' || typeof partition !== 'number') throw error
  const [bounds] = await boundsOf(session, following.topic, [partition])
  if (bounds === undefined) throw error
  const position = following.positions.get(partition) ?? 0n
  // A record that was appended between the fetch and this request can bring the position back into range.
  if (position >= bounds.earliest && position <= bounds.end) return
  await callFollower(following, async () => {
    const next = await following.follower.onOffsetLost(partition, bounds)
    following.positions.set(partition, next)
  })
}

/** Calls the follower. An error of the follower ends this call of `follow`, unclassified. */
async function callFollower(following: Following, call: () => void | Promise<void>): Promise<void> {
  if (following.stop.signal.aborted) return
  try {
    await call()
  } catch (error) {
    following.stop.abort(new FollowerFailure(error))
    throw new FreshetError('broker.unavailable', 'The follower failed.', { cause: error })
  }
}

/** Waits for all, also after one failed: no call of the follower is allowed to outlive its `follow`. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** Carries an error of a follower from its loop to the caller of `follow`. */
export class FollowerFailure extends Error {
  constructor(cause: unknown) {
    super('The follower failed.', { cause })
    this.name = 'FollowerFailure'
  }
}
