import { FreshetError, PARTITIONS } from '@freshet/protocol'
import { REVOCATIONS_TOPIC, type LogReader, type PartitionBounds } from '@freshet/wire'
import { findStart, type Start, type StartParts } from './find-start.ts'

/** A partition that can be followed from now on. */
export interface StartedPartition {
  readonly bounds: PartitionBounds
  /** Absent: from the earliest offset. */
  readonly start: Start | undefined
}

/** The parts that partitions are started with. */
export interface StartsParts extends StartParts {
  readonly reader: Pick<LogReader, 'bounds' | 'read'>
}

/** The partitions of the revocation topic that an edge does not follow yet. One that cannot be started delays no other. */
export class PartitionStarts {
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
