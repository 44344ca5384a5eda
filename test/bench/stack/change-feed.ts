import { changePartitions, invariant, type Change } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeChange,
  stampRecord,
  type LogWriter,
  type OutgoingRecord,
} from '@freshet/wire'

/** Changes of one request at most. */
const REQUEST_MAX = 500

interface Waiting {
  readonly record: OutgoingRecord
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Appends as a gateway does behind its routes. The product's code stamps changes of HR. They are appended in
 * the order of their numbers, one request per partition at a time, with all waiting changes.
 */
export class ChangeFeed {
  readonly #writer: LogWriter
  readonly #macKey: Uint8Array
  readonly #numbers = new Map<number, bigint>()
  readonly #waiting = new Map<number, Waiting[]>()
  #count = 0

  constructor(writer: LogWriter, macKey: Uint8Array) {
    this.#writer = writer
    this.#macKey = macKey
  }

  /** The number of claim changes that were passed to it. */
  get count(): number {
    return this.#count
  }

  /** Resolves when the broker has acknowledged it in every one of its partitions. */
  async append(change: Change): Promise<void> {
    if (change.kind === 'claim') this.#count += 1
    const record = encodeChange(change)
    await Promise.all(changePartitions(change).map((partition) => this.#append(partition, record)))
  }

  #append(partition: number, unstamped: OutgoingRecord): Promise<void> {
    const number = (this.#numbers.get(partition) ?? 0n) + 1n
    this.#numbers.set(partition, number)
    const record = stampRecord(unstamped, { partition, number }, this.#macKey)
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(partition)
      if (queue !== undefined) queue.push({ record, resolve, reject })
      else {
        this.#waiting.set(partition, [{ record, resolve, reject }])
        void this.#produce(partition)
      }
    })
  }

  /** Appends until no change waits for this partition. */
  async #produce(partition: number): Promise<void> {
    const queue = this.#waiting.get(partition)
    invariant(queue !== undefined, 'Nobody waits for the partition.')
    while (queue.length > 0) {
      const lot = queue.splice(0, REQUEST_MAX)
      try {
        const records = lot.map(({ record }) => record)
        await this.#writer.append(CHANGES_TOPIC, partition, records)
        for (const { resolve } of lot) resolve()
      } catch (error) {
        for (const { reject } of lot) reject(error)
      }
    }
    this.#waiting.delete(partition)
  }
}
