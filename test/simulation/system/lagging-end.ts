import { FreshetError, PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC, type LogReader } from '@freshet/wire'
import { goesBack, type Mix } from './calm.ts'
import { violate, type World } from './world.ts'

/** A new leader that holds more than it shows, as long as nothing is appended to the partition. */
export interface LaggingEnd {
  readonly shown: bigint
  readonly held: bigint
  /** The end of the lag in true time. */
  readonly untilMs: number
}

const BEHIND_MAX = 4
const LAG_MS = [200, 4_000] as const
const TOPICS = [CHANGES_TOPIC, REVOCATIONS_TOPIC] as const

/** Gives a partition a new leader, whose end is behind its log (KIP-966). */
export async function lagBehind({ kernel, log, laggingEnds }: World): Promise<void> {
  const random = kernel.random(`lag ${kernel.nowMs}`)
  const topic = random.pick(TOPICS)
  const partition = random.pick(PARTITIONS)
  const bounds = (await log.bounds(topic))[partition]
  if (bounds === undefined) return
  const behind = BigInt(random.between(1, BEHIND_MAX))
  const shown = bounds.end - behind < bounds.earliest ? bounds.earliest : bounds.end - behind
  const ms = random.between(...LAG_MS)
  const lag = { shown, held: bounds.end, untilMs: kernel.nowMs + ms }
  laggingEnds.set(keyOf(topic, partition), lag)
  kernel.log('BROKER', `shows ${topic}/${partition} up to ${shown} for ${ms} ms`)
  log.reconnect()
}

/**
 * Returns the log as its leaders show it to readers. Records that are followed are not cut: they would come
 * later.
 */
export function shownLog(world: World): LogReader {
  const { log, laggingEnds } = world
  const shows: Pick<LogReader, 'bounds' | 'read'> = {
    async bounds(topic, partitions) {
      const all = await log.bounds(topic, partitions)
      if (all.some(({ partition, end }) => lagOf(world, topic, { partition, end }) !== undefined))
        throw new FreshetError('broker.unavailable', 'The leader does not know its end yet.')
      return all
    },
    async read(topic, partition, from, limit) {
      const records = await log.read(topic, partition, from, limit)
      const end = (await log.bounds(topic))[partition]?.end ?? 0n
      const lag = lagOf(world, topic, { partition, end })
      return lag === undefined ? records : records.filter(({ offset }) => offset < lag.shown)
    },
  }
  // Without a lag nothing is replaced: a run takes the same turns as without this.
  const now = (): Pick<LogReader, 'bounds' | 'read'> => (laggingEnds.size === 0 ? log : shows)
  return {
    bounds: (...args) => now().bounds(...args),
    read: (...args) => now().read(...args),
    follow: (...followed) => log.follow(...followed),
  }
}

function lagOf(
  { kernel, laggingEnds }: World,
  topic: string,
  { partition, end }: { readonly partition: number; readonly end: bigint },
): LaggingEnd | undefined {
  const lag = laggingEnds.get(keyOf(topic, partition))
  return lag !== undefined && lag.held === end && kernel.nowMs < lag.untilMs ? lag : undefined
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

/** V8: the product took a record for lost. It must not if the mix loses nothing. */
export function tookForLost(world: World, what: string): void {
  if (losesNothing(world.mix)) violate(world, 'V8', what)
}

function losesNothing(mix: Mix): boolean {
  const { tailLossEveryMs, changeLossEveryMs, unrecordedLossEveryMs, ...others } = mix
  const losses = tailLossEveryMs + changeLossEveryMs + unrecordedLossEveryMs
  const mayLose = losses + others.strangerEveryMs + others.keyEveryMs > 0
  return !mayLose && !goesBack(mix)
}
