import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from '@platformatic/kafka'
import type { LogFollower } from '@freshet/wire'
import { toBrokerError } from './broker-error.ts'
import {
  byLeader,
  cluster,
  type Cluster,
  type Leaders,
  type PlatformaticOptions,
} from './cluster.ts'
import { boundsOf, fetchOnce, lostPartition, type Fetched } from './fetch.ts'

const FETCH_WAIT_MS = 500
const PAUSE_MS = { first: 50, most: 2_000 } as const

/** One call of `follow`. */
interface Following {
  readonly options: PlatformaticOptions
  readonly topic: string
  readonly positions: Map<number, bigint>
  readonly follower: LogFollower
  readonly signal: AbortSignal
}

interface Round {
  readonly cluster: Cluster
  readonly leaders: Leaders
  /** Aborts when one of the loops of this round failed. */
  readonly stop: AbortSignal
}

/** An error of the follower, on its way to the caller of `follow`. */
class ThrownByFollower extends Error {}

/** Follows partitions until the signal aborts. Trouble with the broker begins a new round with new connections. */
export async function follow(following: Following): Promise<void> {
  const { options, topic, follower, signal, positions } = following
  let pauseMs: number = PAUSE_MS.first
  for (let round = 0; !signal.aborted; round += 1) {
    const connected = cluster(options)
    const failed = new AbortController()
    const stop = AbortSignal.any([signal, failed.signal])
    const close = (): void => void connected.close()
    stop.addEventListener('abort', close, { once: true })
    try {
      const leaders = await connected.leaders(topic)
      if (round > 0) await reconnected(following)
      const loops = [...byLeader(leaders, topic, [...positions.keys()])].map(([leader, group]) =>
        fetchLoop(following, { cluster: connected, leaders, stop }, { leader, group }).catch(
          (error: unknown) => {
            failed.abort()
            throw error
          },
        ),
      )
      const results = await Promise.allSettled(loops)
      const broken = results.find((result) => result.status === 'rejected')
      if (broken !== undefined) throw broken.reason
    } catch (error) {
      if (error instanceof ThrownByFollower) throw error.cause
      if (signal.aborted) return
      const known = toBrokerError(error, `Follow ${topic}`)
      if (known.disposition !== 'retry') throw known
      follower.onTrouble?.(known)
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most)
    } finally {
      stop.removeEventListener('abort', close)
      await connected.close()
    }
  }
}

async function reconnected(following: Following): Promise<void> {
  for (const partition of following.positions.keys())
    await call(following, () => following.follower.onReconnect?.(partition))
}

async function fetchLoop(
  following: Following,
  { cluster: on, leaders, stop }: Round,
  { leader, group }: { readonly leader: Broker; readonly group: readonly number[] },
): Promise<void> {
  const { topic, positions } = following
  while (!stop.aborted) {
    const asked = new Map(group.map((partition) => [partition, positions.get(partition) ?? 0n]))
    try {
      const answers = await fetchOnce({ cluster: on, leader }, topic, asked, FETCH_WAIT_MS)
      await Promise.all(answers.map((answer) => deliver(following, answer, asked.size)))
    } catch (error) {
      const lost = lostPartition(error)
      if (lost === undefined) throw error
      const [bounds] = await boundsOf(on, leaders, topic, [lost])
      if (bounds === undefined) throw error
      await call(following, async () => {
        positions.set(lost, await following.follower.onOffsetLost(lost, bounds))
      })
    }
  }
}

async function deliver(
  following: Following,
  { partition, records, next, end }: Fetched,
  asked: number,
): Promise<void> {
  const { positions, follower } = following
  const position = positions.get(partition) ?? 0n
  const isEmptied = records.length === 0 && next === position && next < end
  // Other partitions can have used up the bytes of the answer. Alone, the broker emptied the batch.
  if (isEmptied && asked > 1) return
  if (records.length > 0 || next >= end)
    await call(following, () => follower.onRecords(partition, records, end))
  positions.set(partition, isEmptied ? next + 1n : next)
}

/** Calls the follower, unless the caller of `follow` ended it. */
async function call(following: Following, of: () => void | Promise<void>): Promise<void> {
  if (following.signal.aborted) return
  try {
    await of()
  } catch (error) {
    throw new ThrownByFollower('The follower failed.', { cause: error })
  }
}
