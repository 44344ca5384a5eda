import type { Appended, LogFollower, LogReader, LogRecord, LogWriter } from '@freshet/wire'
import type { Random } from '../random.ts'
import type { Link } from './link.ts'

/** The writer of a process: one append per partition is in progress at a time, as with Kafka. */
export function remoteWriter(log: LogWriter, link: Link): LogWriter {
  const turns = new Map<string, Promise<unknown>>()
  return {
    append(topic, partition, records): Promise<Appended> {
      const key = `${topic}/${partition}`
      const site = `append ${records.length} to ${key}`
      const send = (): Promise<Appended> =>
        link.call(site, () => log.append(topic, partition, records), true)
      const turn = (turns.get(key) ?? Promise.resolve()).then(send)
      turns.set(
        key,
        turn.catch(() => undefined),
      )
      return turn
    },
  }
}

/** The reader of a process: followed records come in pieces, each with a delay of its own. */
export function remoteReader(log: LogReader, link: Link, random: Random): LogReader {
  return {
    bounds: (topic, partitions) =>
      link.call(`bounds of ${topic}`, () => log.bounds(topic, partitions)),
    read: (topic, partition, from, limit) =>
      link.call(`read ${topic}/${partition}`, () => log.read(topic, partition, from, limit)),
    follow(topic, from, follower, signal) {
      const stop = new AbortController()
      const abort = (): void => stop.abort()
      link.process.onDeath(abort)
      signal.addEventListener('abort', abort, { once: true })
      if (signal.aborted || link.process.isDead) abort()
      return new Promise((resolve, reject) => {
        const isListening = (): boolean => !link.process.isDead
        log.follow(topic, from, arriving(follower, link, random, stop.signal), stop.signal).then(
          () => isListening() && resolve(),
          (error: unknown) => isListening() && reject(error as Error),
        )
      })
    },
  }
}

function arriving(
  follower: LogFollower,
  link: Link,
  random: Random,
  signal: AbortSignal,
): LogFollower {
  /** The latest end that each partition reported: the absence of news is reported once. */
  const reportedEnds = new Map<number, bigint>()
  const isOn = async (): Promise<boolean> => {
    await link.arrival()
    return !signal.aborted
  }
  return {
    async onRecords(partition, records, end) {
      if (records.length === 0 && reportedEnds.get(partition) === end) return
      reportedEnds.set(partition, end)
      for (const piece of pieces(records, random))
        if (await isOn()) await follower.onRecords(partition, piece, end)
    },
    async onOffsetLost(partition, bounds) {
      return (await isOn()) ? follower.onOffsetLost(partition, bounds) : bounds.earliest
    },
    async onReconnect(partition) {
      reportedEnds.delete(partition)
      if (await isOn()) await follower.onReconnect?.(partition)
    },
  }
}

/**
 * Returns one empty piece if there are no records: contact without news, as the first message of a partition.
 */
function pieces(records: readonly LogRecord[], random: Random): readonly (readonly LogRecord[])[] {
  if (records.length < 2) return [records]
  const at = random.below(records.length)
  return at === 0 ? [records] : [records.slice(0, at), records.slice(at)]
}
