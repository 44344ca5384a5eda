import { setMaxListeners } from 'node:events'
import type { LogReader, LogRecord } from '@freshet/wire'
import { boundsOf } from './bounds.ts'
import type { ClientTrouble } from '../errors/client-trouble.ts'
import { fetchOne } from './fetch-one.ts'
import { createCoalescedFetch } from './coalesced-fetch.ts'
import { FollowerFailure, followGroup, type Following } from './follow.ts'
import { leaderOf, loadTopic, partitionsOf } from '../client/leaders.ts'
import type { BrokerSession, SessionOpener } from '../client/session.ts'
import { sharedSession, type SharedSession } from '../client/shared-session.ts'

/** A request is repeated once: an idle connection can have been closed. */
const ATTEMPTS_MAX = 2

/** A reader with connections of its own: one set for single requests, and one or more for each `follow`. */
export interface KafkaReader extends LogReader {
  /** Closes the connections and ends every `follow`, which then resolves. */
  close(): Promise<void>
}

/**
 * Returns a reader of partitions by position. It uses the library's cluster object, without a consumer group.
 */
export function kafkaReader(
  open: SessionOpener,
  onGap: (topic: string, partition: number, offset: bigint) => void = () => {},
): KafkaReader {
  const sessions = sharedSession(open)
  const asking = { sessions, trouble: open.trouble }
  const coalescedFetch = createCoalescedFetch()
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  return {
    bounds: (topic, partitions) =>
      ask(asking, `Bounds of ${topic}`, async (session) => {
        await session.cluster.connect()
        await session.cluster.refreshMetadata()
        await loadTopic(session, topic)
        return await boundsOf(session, topic, partitions ?? partitionsOf(session, topic))
      }),
    read: (topic, partition, from, limit) =>
      ask(asking, `Read ${topic}`, (session) =>
        readUpTo(session, { topic, partition }, from, limit),
      ),
    async follow(topic, from, follower, signal) {
      const stop = new AbortController()
      const release = linkAborts(stop, [signal, closing.signal])
      const following: Following = {
        topic,
        positions: new Map(from),
        leaderEpochs: new Map(),
        follower,
        stop,
        open,
        coalescedFetch,
        onGap: (partition, offset) => onGap(topic, partition, offset),
      }
      try {
        await followGroup(following, [...from.keys()])
      } catch (error) {
        stop.abort(error)
      } finally {
        release()
      }
      throwUnlessAborted(stop, [signal, closing.signal])
    },
    async close() {
      closing.abort()
      await sessions.close()
    },
  }
}

interface Asking {
  readonly sessions: SharedSession
  readonly trouble: ClientTrouble
}

async function ask<T>(
  { sessions, trouble }: Asking,
  attempt: string,
  exchange: (session: BrokerSession) => Promise<T>,
): Promise<T> {
  for (let left = ATTEMPTS_MAX - 1; ; left--) {
    try {
      const answer = await sessions.use(exchange)
      trouble.succeeded(attempt)
      return answer
    } catch (error) {
      const known = trouble.classify(error, attempt)
      if (known.code !== 'broker.unavailable' || left === 0) throw known
    }
  }
}

async function readUpTo(
  session: BrokerSession,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  from: bigint,
  limit: number,
): Promise<readonly LogRecord[]> {
  await loadTopic(session, topic)
  const leader = await leaderOf(session, topic, partition)
  const records: LogRecord[] = []
  let position = from
  while (records.length < limit) {
    const answer = await fetchOne(leader)({ topic, partition, from: position })
    if (answer === undefined) break
    for (const record of answer.records.slice(0, limit - records.length)) records.push(record)
    if (answer.next >= answer.end) break
    // An emptied batch returns no records although records follow it.
    position = answer.next > position ? answer.next : position + 1n
  }
  return records
}

/** Aborts `stop` when any of the signals aborts. Returns the function that removes the listeners. */
function linkAborts(stop: AbortController, signals: readonly AbortSignal[]): () => void {
  setMaxListeners(0, stop.signal)
  const abort = (): void => stop.abort()
  for (const signal of signals) {
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
  }
  return () => {
    for (const signal of signals) signal.removeEventListener('abort', abort)
  }
}

function throwUnlessAborted(stop: AbortController, signals: readonly AbortSignal[]): void {
  const reason: unknown = stop.signal.reason
  if (reason instanceof FollowerFailure) throw reason.cause
  if (signals.some((signal) => signal.aborted)) return
  throw reason
}
