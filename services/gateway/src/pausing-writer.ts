import { FreshetError } from '@freshet/protocol'
import type { LogWriter } from '@freshet/wire'

/** A writer for which a partition that the topic lacks pauses alone. */
export interface PausingWriter extends LogWriter {
  /** Names each partition that pauses, with the reason. @throws `topic.mismatch` */
  readonly check: () => void
}

/**
 * Appends as `writer` does. A topic that lacks a partition, or refuses its records, stops this partition alone: what the
 * gateway has stamped stays stored, and the sweeper sends it once the topic is as planned.
 *
 * @throws `broker.unavailable` in the place of `topic.mismatch`, so that callers try again
 */
export function pausingWriter(writer: LogWriter): PausingWriter {
  /** The reasons by partition; no more than the topic is planned to have. */
  const pauses = new Map<string, string>()
  return {
    async append(topic, partition, records) {
      const place = `${topic}/${partition}`
      try {
        const appended = await writer.append(topic, partition, records)
        pauses.delete(place)
        return appended
      } catch (error) {
        if (!(error instanceof FreshetError) || error.code !== 'topic.mismatch') throw error
        pauses.set(place, error.message)
        const message = `${error.message} Run \`freshet topic verify\`.`
        throw new FreshetError('broker.unavailable', message, { cause: error })
      }
    },
    check() {
      if (pauses.size === 0) return
      throw new FreshetError('topic.mismatch', [...pauses.values()].join(' '))
    },
  }
}
