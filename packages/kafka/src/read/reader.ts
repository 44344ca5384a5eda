import { setMaxListeners } from 'node:events'
import { type LogReader, type LogRecord, gather } from '@freshet/wire'
import type { BrokerHandle } from '../client/internals.ts'
import { leaderOf, loadTopic, partitionsOf } from '../client/leaders.ts'
import type { BrokerSession, SessionOpener } from '../client/session.ts'
import { sharedSession, type SharedSession } from '../client/shared-session.ts'
import type { ClientTrouble } from '../errors/client-trouble.ts'
import { fetchFrom, type Fetched } from '../protocol/fetch.ts'
import { boundsOf } from './bounds.ts'
import { createCoalescedFetch } from './coalesced-fetch.ts'
import { FollowerFailure, followGroup, type Following } from './follow.ts'

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

/** The most partitions of one request. */
const COALESCED_MAX = 16
const NO_WAIT_MS = 0

/** The position from which to read one partition. */
interface FetchStart {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
}

type Answer = Fetched | undefined

/**
 * Returns a function that reads the records of one partition from an offset on, without waiting for new ones.
 * Calls in one turn of the event loop share a request: publishers read back together the batches that they
 * sent together. Each call gets its own answer or refusal.
 */
export function fetchOne(leader: BrokerHandle): (start: FetchStart) => Promise<Answer> {
  const known = fetchers.get(leader)
  if (known !== undefined) return known
  const made = gather((starts: readonly FetchStart[]) => fetchCoalesced(leader, starts), {
    max: COALESCED_MAX,
  })
  fetchers.set(leader, made)
  return made
}

const fetchers = new WeakMap<BrokerHandle, (start: FetchStart) => Promise<Answer>>()

async function fetchCoalesced(
  leader: BrokerHandle,
  starts: readonly FetchStart[],
): Promise<readonly Promise<Answer>[]> {
  const alone = (one: FetchStart): Promise<Answer> => fetchAlone(leader, one)
  const positions = new Map(starts.map(({ partition, from }) => [partition, from]))
  const [first] = starts
  const isOneRequest = starts.every(({ topic, partition, from }) => {
    return topic === first?.topic && positions.get(partition) === from
  })
  if (first === undefined || starts.length === 1 || !isOneRequest) return starts.map(alone)
  const answers = await fetchFrom(leader, first.topic, positions, NO_WAIT_MS).catch(unlessRefused)
  return starts.map((one) => {
    const answer = answers.find(({ partition }) => partition === one.partition)
    return answer === undefined || isStarved(answer) ? alone(one) : Promise.resolve(answer)
  })
}

async function fetchAlone(
  leader: BrokerHandle,
  { topic, partition, from }: FetchStart,
): Promise<Answer> {
  const [answer] = await fetchFrom(leader, topic, new Map([[partition, from]]), NO_WAIT_MS)
  return answer
}

/**
 * Returns whether the other partitions used up the bytes of the answer. Alone, the partition would look like
 * an emptied batch.
 */
function isStarved({ records, next, end }: Fetched): boolean {
  return records.length === 0 && next < end
}

/**
 * Returns no answers if one partition, or its next batch, was refused. The refusal hides the answers for the
 * others, so each partition is then asked for alone.
 */
function unlessRefused(error: unknown): readonly Fetched[] {
  if (typeof (error as { partition?: unknown } | null)?.partition === 'number') return []
  throw error
}
