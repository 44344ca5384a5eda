import { PARTITIONS, FreshetError } from '@freshet/domain'
import type { LogFollower, LogReader, PartitionBounds } from '@freshet/events'
import { RETRY_FIRST_MS, RETRY_MAX_MS } from '../limits.ts'
import { REVOCATIONS_TOPIC } from '@freshet/events'
import { PartitionFeed, type FeedContext } from './partition-feed.ts'

/** Reads every partition of the revocation topic, and again from elsewhere where a feed asks. */
export class RevocationFollower {
  readonly #reader: LogReader
  readonly #context: FeedContext
  readonly #feeds = new Map<number, PartitionFeed>()
  readonly #onProgress: () => void
  #restart = new AbortController()
  #trouble: unknown

  constructor(reader: LogReader, context: Omit<FeedContext, 'onRestart'>, onProgress: () => void) {
    this.#reader = reader
    this.#onProgress = onProgress
    this.#context = { ...context, onRestart: () => this.#restart.abort() }
  }

  /** In the order of partitions; empty until the broker has told their bounds. */
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
   * Follows until the signal aborts. Whatever stops it is tried again, also what nobody foresaw:
   * until it works, leases run out and the edge says so.
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
    if (this.#feeds.size === 0) this.#start(await this.#reader.bounds(REVOCATIONS_TOPIC))
    this.#restart = new AbortController()
    const from = new Map(this.feeds.map(({ partition, next }) => [partition, next]))
    const until = AbortSignal.any([signal, this.#restart.signal])
    await this.#reader.follow(REVOCATIONS_TOPIC, from, this.#follower(until), until)
  }

  #start(bounds: readonly PartitionBounds[]): void {
    const feeds = PARTITIONS.map((partition) => {
      const found = bounds.find((each) => each.partition === partition)
      if (found === undefined)
        throw new FreshetError('topic.mismatch', `${REVOCATIONS_TOPIC} lacks ${partition}`)
      return new PartitionFeed(partition, found, this.#context)
    })
    for (const feed of feeds) this.#feeds.set(feed.partition, feed)
  }

  /** What a reading that was given up still delivers is passed over: it is read again. */
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
