import type { LogWriter } from '@freshet/wire'
import { appendGroups } from './append-groups.ts'
import { leaderOf, loadTopic } from '../client/leaders.ts'
import { appendTo } from '../protocol/produce.ts'
import type { SessionOpener } from '../client/session.ts'
import { sharedSession } from '../client/shared-session.ts'

/** A writer with connections of its own. */
export interface KafkaWriter extends LogWriter {
  close(): Promise<void>
}

/**
 * Returns a writer that appends the records of each call by one produce request. Calls that wait in the
 * meantime share a request, also those of other partitions. The writer never resends records whose outcome is
 * unknown.
 *
 * The writer is not idempotent and not transactional on purpose. In kafkajs 2.2.4 an idempotent producer with
 * overlapping sends can acknowledge a record that was never appended. The caller must repeat failed appends,
 * because only the caller knows whether a repeat is harmless.
 */
export function kafkaWriter(open: SessionOpener): KafkaWriter {
  const sessions = sharedSession(open)
  const append = appendGroups((topic, partition, records) =>
    sessions
      .use(async (session) => {
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
  return { append, close: () => sessions.close() }
}
