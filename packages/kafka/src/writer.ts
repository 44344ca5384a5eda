import { invariant } from '@freshet/domain'
import type { LogWriter } from '@freshet/events'
import { leaderOf, loadTopic } from './leaders.ts'
import { partitionQueue } from './partition-queue.ts'
import { appendTo } from './produce.ts'
import type { SessionOpener } from './session.ts'
import { sharedSession } from './shared-session.ts'

/** A writer with connections of its own. */
export interface KafkaWriter extends LogWriter {
  close(): Promise<void>
}

/**
 * Appends each call's records by one produce request, which those of other partitions may share, and
 * never sends one again by itself.
 *
 * Not idempotent and not transactional on purpose: in kafkajs 2.2.4 an idempotent producer with
 * overlapping sends can acknowledge a record that was never appended. The caller owns the retry,
 * because only it knows whether a repeat is harmless.
 */
export function kafkaWriter(open: SessionOpener): KafkaWriter {
  const sessions = sharedSession(open)
  const queue = partitionQueue()
  return {
    append(topic, partition, records) {
      return queue.run(`${topic}/${partition}`, () =>
        sessions
          .use(async (session) => {
            invariant(records.length > 0, `An append to ${topic}/${partition} must hold a record.`)
            await loadTopic(session, topic)
            const leader = await leaderOf(session, topic, partition)
            const appended = await appendTo(leader)({ topic, partition, records })
            open.trouble.succeeded(`Append to ${topic}`)
            return appended
          })
          .catch((error: unknown) => {
            throw open.trouble.classify(error, `Append to ${topic}`)
          }),
      )
    },
    close: () => sessions.close(),
  }
}
