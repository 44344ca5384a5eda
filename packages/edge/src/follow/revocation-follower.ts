import { PARTITIONS, FreshetError } from '@freshet/domain'
import type { LogFollower, LogReader, PartitionBounds } from '@freshet/events'
import { READING_TURN_MS, RETENTION_MARGIN_MS, RETRY_FIRST_MS, RETRY_MAX_MS } from '../limits.ts'
import { REVOCATIONS_TOPIC } from '@freshet/events'
import { findStart } from './find-start.ts'
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
  readonly #context: FeedContext & Pick<FollowContext, 'tokenLifeMaxMs'>
  readonly #feeds = new Map<number, PartitionFeed>()
  readonly #onProgress: () => void
  #restart = new AbortController()
  #trouble: unknown

  constructor(reader: LogReader, context: FollowContext, onProgress: () => void) {
    this.#reader = reader
    this.#onProgress = onProgress
    const turns = new Turns(context.timer, READING_TURN_MS)
    const keptMs = context.tokenLifeMaxMs + RETENTION_MARGIN_MS
    this.#context = { ...context, keptMs, turns, onRestart: () => this.#restart.abort() }
  }

  /** The feeds in the order of partitions; empty until the broker has answered with their bounds. */
  get feeds(): readonly PartitionFeed[] {
    return [...this.#feeds.values()]
  }

  feed(partition: number): PartitionFeed | undefined {
    return this.#feeds.get(partition)
  }

  /** Why reading stopped the last time; undefined while it goes on. */
  get trouble(): unknown {
    return this.#trouble
  }

  /**
   * Follows until the signal aborts. It tries again after every failure, including unforeseen ones: until it
   * works, leases run out and the edge becomes unverified.
   */
  async run(signal: AbortSignal): Promise<void> {
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
    if (this.#feeds.size === 0) await this.#start(await this.#reader.bounds(REVOCATIONS_TOPIC))
    this.#restart = new AbortController()
    const from = new Map(this.feeds.map(({ partition, next }) => [partition, next]))
    const until = AbortSignal.any([signal, this.#restart.signal])
    await this.#reader.follow(REVOCATIONS_TOPIC, from, this.#follower(until), until)
  }

  /** The bounds come first: whatever is found behind, live is beyond the end that they name (rule 17). */
  async #start(bounds: readonly PartitionBounds[]): Promise<void> {
    const found = PARTITIONS.map((partition) => {
      const here = bounds.find((each) => each.partition === partition)
      if (here !== undefined) return here
      throw new FreshetError('topic.mismatch', `${REVOCATIONS_TOPIC} lacks ${partition}`)
    })
    const parts = { ...this.#context, reader: this.#reader }
    const starts = await Promise.all(found.map((each) => findStart(parts, each)))
    const feeds = found.map(
      (each, at) => new PartitionFeed(each.partition, each, this.#context, starts[at]),
    )
    for (const feed of feeds) this.#feeds.set(feed.partition, feed)
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
