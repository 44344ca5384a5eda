import { FreshetError, PARTITIONS } from '@freshet/protocol'
import {
  type LogFollower,
  type LogReader,
  REVOCATIONS_TOPIC,
  type PartitionBounds,
} from '@freshet/wire'
import { READING_TURN_MS, RETENTION_MARGIN_MS, RETRY_FIRST_MS, RETRY_MAX_MS } from '../limits.ts'
import { findStart, type Start, type StartParts } from './find-start.ts'
import { PartitionFeed, type FeedContext } from './partition-feed.ts'
import { Turns } from './turns.ts'

/** The parts that following works with. */
export interface FollowContext extends Omit<FeedContext, 'keptMs' | 'onRestart' | 'turns'> {
  /** T_max of this edge. */
  readonly tokenLifeMaxMs: number
}

/** Reads every partition of the revocation topic, and again from elsewhere where a feed asks. */
export class RevocationFollower {
  readonly #reader: LogReader
  readonly #context: FeedContext
  readonly #starts: PartitionStarts
  readonly #feeds = new Map<number, PartitionFeed>()
  readonly #onProgress: () => void
  #restart = new AbortController()
  /** Called when there is something to follow. */
  #onBegun: () => void = () => {}
  #trouble: unknown

  constructor(reader: LogReader, context: FollowContext, onProgress: () => void) {
    this.#reader = reader
    this.#onProgress = onProgress
    const turns = new Turns(context.timer, READING_TURN_MS)
    const keptMs = context.tokenLifeMaxMs + RETENTION_MARGIN_MS
    this.#context = { ...context, keptMs, turns, onRestart: () => this.#restart.abort() }
    this.#starts = new PartitionStarts({ ...context, reader, turns })
  }

  /** The feeds of the partitions that are followed, in the order of partitions. */
  get feeds(): readonly PartitionFeed[] {
    return [...this.#feeds.values()].toSorted((a, b) => a.partition - b.partition)
  }

  /** The partitions that are not followed yet, each with the error behind it. Empty for good once all are. */
  get waiting(): ReadonlyMap<number, unknown> {
    return this.#starts.waiting
  }

  feed(partition: number): PartitionFeed | undefined {
    return this.#feeds.get(partition)
  }

  /** Why reading stopped the last time, or why a partition is not followed; undefined while all are read. */
  get trouble(): unknown {
    return this.#trouble ?? [...this.waiting.values()].find((error) => error !== undefined)
  }

  /**
   * Follows until the signal aborts. It tries again after every failure, including unforeseen ones: until it
   * works, leases run out and the edge becomes unverified.
   */
  async run(signal: AbortSignal): Promise<void> {
    const begun = new Promise<void>((resolve) => {
      this.#onBegun = resolve
    })
    const starting = this.#startAll(signal)
    await Promise.race([begun, starting])
    await Promise.all([starting, this.#followAll(signal)])
  }

  /** A partition without a leader is followed once it has one. Until then the others are followed without it. */
  async #startAll(signal: AbortSignal): Promise<void> {
    let pauseMs = RETRY_FIRST_MS
    while (!signal.aborted) {
      await this.#starts.attempt((started) => this.#begin(started))
      if (this.waiting.size === 0) return
      await this.#context.timer.sleep(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)
    }
  }

  #begin(started: readonly StartedPartition[]): void {
    for (const { bounds, start } of started) {
      const { partition } = bounds
      this.#feeds.set(partition, new PartitionFeed(partition, bounds, this.#context, start))
    }
    this.#restart.abort()
    this.#onBegun()
  }

  async #followAll(signal: AbortSignal): Promise<void> {
    const { timer } = this.#context
    let pauseMs = RETRY_FIRST_MS
    while (!signal.aborted) {
      try {
        await this.#follow(signal)
        pauseMs = RETRY_FIRST_MS
      } catch (error) {
        this.#trouble = error
        await timer.sleep(pauseMs, signal)
        pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    this.#restart = new AbortController()
    const until = AbortSignal.any([signal, this.#restart.signal])
    const from = new Map(this.feeds.map(({ partition, next }) => [partition, next]))
    await this.#reader.follow(REVOCATIONS_TOPIC, from, this.#follower(until), until)
  }

  /** Records that an abandoned reading still delivers are dropped: they are read again. */
  #follower(until: AbortSignal): LogFollower {
    return {
      onTrouble: (error) => {
        if (!until.aborted) this.#trouble = error
      },
      onRecords: async (partition, records, end) => {
        if (until.aborted) return
        this.#trouble = undefined
        await this.#feeds.get(partition)?.onRecords(records, end)
        this.#onProgress()
      },
      onOffsetLost: (partition, bounds) =>
        until.aborted
          ? bounds.earliest
          : (this.#feeds.get(partition)?.onOffsetLost(bounds) ?? bounds.earliest),
      onReconnect: (partition) => {
        if (!until.aborted) this.#feeds.get(partition)?.onReconnect()
      },
    }
  }
}

/** A partition that can be followed from now on. */
interface StartedPartition {
  readonly bounds: PartitionBounds
  /** Absent: from the earliest offset. */
  readonly start: Start | undefined
}

/** The parts that partitions are started with. */
interface StartsParts extends StartParts {
  readonly reader: Pick<LogReader, 'bounds' | 'read'>
}

/** The partitions of the revocation topic that an edge does not follow yet. One that cannot be started delays no other. */
class PartitionStarts {
  readonly #parts: StartsParts
  readonly #waiting = new Map<number, unknown>(PARTITIONS.map((each) => [each, undefined]))

  constructor(parts: StartsParts) {
    this.#parts = parts
  }

  /** Each with the error of its last attempt, or `undefined` before the first one failed. */
  get waiting(): ReadonlyMap<number, unknown> {
    return this.#waiting
  }

  /**
   * Tries each waiting partition once: all together, then each alone where that failed. `onStarted` takes those that
   * can be followed, as soon as it is known.
   */
  async attempt(onStarted: (started: readonly StartedPartition[]) => void): Promise<void> {
    const partitions = [...this.#waiting.keys()]
    const start = async (some: readonly number[]): Promise<void> => {
      const started = await this.#startsOf(some)
      onStarted(started)
      for (const each of some) this.#waiting.delete(each)
    }
    const startAlone = (partition: number): Promise<void> =>
      start([partition]).catch((error: unknown) => void this.#waiting.set(partition, error))
    if (partitions.length > 1)
      await start(partitions).catch(() => Promise.all(partitions.map(startAlone)))
    else await Promise.all(partitions.map(startAlone))
  }

  /** The bounds come first: whatever is found behind, live is beyond the end that they name (rule 17). */
  async #startsOf(partitions: readonly number[]): Promise<readonly StartedPartition[]> {
    const known = await this.#parts.reader.bounds(REVOCATIONS_TOPIC, partitions)
    return await Promise.all(
      partitions.map(async (partition) => {
        const bounds = known.find((each) => each.partition === partition)
        if (bounds === undefined)
          throw new FreshetError('topic.mismatch', `${REVOCATIONS_TOPIC} lacks ${partition}`)
        return { bounds, start: await findStart(this.#parts, bounds) }
      }),
    )
  }
}
