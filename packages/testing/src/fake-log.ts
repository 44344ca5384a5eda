import { FreshetError } from '@freshet/protocol'
import type { LogReader, LogRecord, LogWriter, OutgoingRecord } from '@freshet/wire'

/** A log of any topics, for tests of what reads one; accidents are made by hand. */
export interface FakeLog extends LogReader, LogWriter {
  /** Returns the records of a partition, oldest first. */
  records(topic: string, partition: number): readonly LogRecord[]
  /** The broker answers with errors, and followers get nothing, until a call with `false`. */
  away(isAway: boolean): void
  /** Takes the first records away, as retention does. */
  dropBefore(topic: string, partition: number, offset: bigint): void
}

interface Partition {
  readonly records: LogRecord[]
  earliest: bigint
  end: bigint
}

/** Makes an empty log in which every topic has the given number of partitions. */
export function fakeLog(partitions: number, nowMs: () => number): FakeLog {
  const topics = new Map<string, Partition[]>()
  const waiting = new Set<() => void>()
  let isAway = false
  const of = (topic: string, partition: number): Partition => {
    const made = (): Partition[] =>
      Array.from({ length: partitions }, () => ({ records: [], earliest: 0n, end: 0n }))
    const known = topics.get(topic) ?? made()
    topics.set(topic, known)
    const found = known[partition]
    if (found === undefined) throw new FreshetError('topic.mismatch', `No partition ${partition}.`)
    return found
  }
  const wake = (): void => {
    for (const each of waiting) each()
  }
  const woken = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        waiting.delete(done)
        resolve()
      }
      waiting.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  const check = (): void => {
    if (isAway) throw new FreshetError('broker.unavailable', 'Planned: away.')
  }
  const follow: LogReader['follow'] = async (topic, from, follower, signal) => {
    check()
    const one = async (partition: number, start: bigint): Promise<void> => {
      let position = start
      while (!signal.aborted) {
        const log = of(topic, partition)
        if (isAway) await woken(signal)
        else if (position < log.earliest || position > log.end)
          position = await follower.onOffsetLost(partition, { partition, ...log })
        else {
          const found = log.records.filter(({ offset }) => offset >= position)
          position += BigInt(found.length)
          const news = found.length === 0 ? woken(signal) : undefined
          await follower.onRecords(partition, found, log.end)
          await news
        }
      }
    }
    await Promise.all([...from].map(([partition, start]) => one(partition, start)))
  }
  return {
    follow,
    records: (topic, partition) => of(topic, partition).records,
    async append(topic, partition, records) {
      check()
      const log = of(topic, partition)
      const baseOffset = log.end
      for (const record of records) log.records.push(placed(record, topic, partition, log.end++))
      wake()
      return { baseOffset, appendedAtMs: nowMs() }
    },
    async bounds(topic, wanted) {
      check()
      of(topic, 0)
      const known = topics.get(topic) ?? []
      return (wanted ?? [...known.keys()]).map((partition) => {
        const { earliest, end } = of(topic, partition)
        return { partition, earliest, end }
      })
    },
    async read(topic, partition, from, limit) {
      check()
      return of(topic, partition)
        .records.filter(({ offset }) => offset >= from)
        .slice(0, limit)
    },
    away(is) {
      isAway = is
      wake()
    },
    dropBefore(topic, partition, offset) {
      const log = of(topic, partition)
      log.records.splice(0, log.records.findLastIndex((each) => each.offset < offset) + 1)
      log.earliest = offset
    },
  }
  function placed(
    record: OutgoingRecord,
    topic: string,
    partition: number,
    offset: bigint,
  ): LogRecord {
    return { ...record, topic, partition, offset, appendedAtMs: nowMs() }
  }
}
