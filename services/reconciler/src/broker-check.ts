import { CONTROL_PARTITION, type Clock } from '@freshet/protocol'
import { CHANGES_TOPIC, type LogFollower, type LogReader } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'

/**
 * An answer of the leader of the control partition counts for this long. In the quiet it answers a fetch every 500 ms,
 * so a broker that hangs is asked soon.
 */
export const CONTACT_COUNTS_MS = 700

/** The check of `/readyz` that the broker answers, and the reader whose answers it counts. */
export interface BrokerCheck {
  /** The recorder follows the change topic with it. */
  readonly reader: LogReader
  /** @throws `broker.*` */
  readonly check: () => Promise<void>
}

/**
 * Creates the check. Each answer to the recorder for the control partition shows that its leader is there. The check
 * asks by itself if no answer counts, if reading failed since then, or if a person must end a trouble of the client.
 * A partition of subjects that no broker leads stops itself alone.
 */
export function brokerCheck(
  kafka: Pick<Kafka, 'reader' | 'check' | 'trouble'>,
  clock: Pick<Clock, 'monotonicMs'>,
): BrokerCheck {
  const reader = kafka.reader()
  let contactMs = Number.NEGATIVE_INFINITY
  const noting = (follower: LogFollower): LogFollower => ({
    ...follower,
    onRecords(partition, records, end) {
      contactMs = clock.monotonicMs()
      return follower.onRecords(partition, records, end)
    },
    onTrouble(error) {
      contactMs = Number.NEGATIVE_INFINITY
      follower.onTrouble?.(error)
    },
  })
  return {
    reader: {
      bounds: (...args) => reader.bounds(...args),
      read: (...args) => reader.read(...args),
      follow: (topic, from, follower, signal) =>
        reader.follow(
          topic,
          from,
          from.has(CONTROL_PARTITION) ? noting(follower) : follower,
          signal,
        ),
    },
    async check() {
      const isRecent = clock.monotonicMs() - contactMs < CONTACT_COUNTS_MS
      if (isRecent && kafka.trouble() === undefined) return
      await Promise.all([reader.bounds(CHANGES_TOPIC, [CONTROL_PARTITION]), kafka.check()])
    },
  }
}
