import { REVOCATIONS_TOPIC, type LogFollower, type LogReader } from '@freshet/wire'
import type { FakeLog } from './fake-log.ts'

/** The readers of a log: a test can wait until each of them has taken every record. */
export class Followers {
  readonly #log: FakeLog
  /** The next offset of each partition, by follower. */
  readonly #open = new Set<Map<number, bigint>>()
  readonly #waiting = new Set<() => void>()

  constructor(log: FakeLog) {
    this.#log = log
  }

  /** Returns a reader of the log. `onFollow` is called each time that it begins to follow. */
  reader(onFollow: () => void): LogReader {
    const log = this.#log
    return {
      bounds: (topic, partitions) => log.bounds(topic, partitions),
      read: (topic, partition, from, limit) => log.read(topic, partition, from, limit),
      follow: async (topic, from, follower, signal) => {
        const taken = new Map(from)
        this.#open.add(taken)
        const following = log.follow(topic, from, this.#noting(follower, taken), signal)
        onFollow()
        await following.finally(() => {
          this.#open.delete(taken)
          this.#wake()
        })
      },
    }
  }

  /** Resolves when every follower has taken all records of its partitions. */
  async settled(): Promise<void> {
    while (!this.#haveTakenAll()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #noting(follower: LogFollower, taken: Map<number, bigint>): LogFollower {
    return {
      onRecords: async (partition, records, end) => {
        await follower.onRecords(partition, records, end)
        taken.set(partition, end)
        this.#wake()
      },
      onOffsetLost: (partition, bounds) => follower.onOffsetLost(partition, bounds),
    }
  }

  #haveTakenAll(): boolean {
    return [...this.#open].every((taken) =>
      [...taken].every(([partition, next]) => next >= this.#end(partition)),
    )
  }

  #end(partition: number): bigint {
    return BigInt(this.#log.records(REVOCATIONS_TOPIC, partition).length)
  }

  #wake(): void {
    for (const each of this.#waiting) each()
    this.#waiting.clear()
  }
}
