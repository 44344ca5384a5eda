import { fakeLog, recordingFollower, type FakeLog } from '@freshet/testkit'
import type { LogReader, LogRecord } from '@freshet/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedReader } from '../kafka-revocations.ts'

const TOPIC = 't'
let log: FakeLog
/**
 * The positions that the shared reader requested from the log, oldest first, and the number of active
 * follows.
 */
let follows: ReadonlyMap<number, bigint>[]
let open: number
let reader: LogReader
let stop: AbortController

beforeEach(() => {
  log = fakeLog(2, () => 0)
  follows = []
  open = 0
  stop = new AbortController()
  reader = sharedReader({
    bounds: (...args) => log.bounds(...args),
    read: (...args) => log.read(...args),
    async follow(topic, from, follower, signal) {
      follows.push(new Map(from))
      open += 1
      await log.follow(topic, from, follower, signal).finally(() => (open -= 1))
    },
  })
})

const append = async (partition: number, count: number): Promise<void> => {
  const record = { key: null, value: Buffer.from('v'), headers: {} }
  await log.append(
    TOPIC,
    partition,
    Array.from({ length: count }, () => record),
  )
}
const fromStart = new Map([
  [0, 0n],
  [1, 0n],
])
const offsets = (records: readonly LogRecord[], partition: number): readonly number[] =>
  records.filter((each) => each.partition === partition).map(({ offset }) => Number(offset))
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)
const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('a shared reader', () => {
  it('reads once for all followers at the end, and each receives everything once, in order', async () => {
    await append(0, 3)
    await append(1, 3)
    const followers = Array.from({ length: 5 }, () => recordingFollower())
    const done = followers.map((each) => reader.follow(TOPIC, fromStart, each, stop.signal))
    for (const each of followers) await each.until(() => each.records.length === 6)
    await turns(10)
    expect(open).toBe(1)
    for (let n = 0; n < 20; n += 1) await append(n % 2, 1)
    for (const each of followers) await each.until(() => each.records.length === 26)
    expect(open).toBe(1)
    for (const { records } of followers)
      expect([offsets(records, 0), offsets(records, 1)]).toEqual([upTo(13), upTo(13)])
    stop.abort()
    await Promise.all(done)
    await turns(10)
    expect(open).toBe(0)
  })

  it('lets one who comes late read alone until it is as far', async () => {
    const early = recordingFollower()
    void reader.follow(TOPIC, fromStart, early, stop.signal)
    await append(0, 5)
    await early.until(() => early.records.length === 5)
    await turns(10)
    const late = recordingFollower()
    void reader.follow(TOPIC, fromStart, late, stop.signal)
    await late.until(() => late.records.length === 5)
    await turns(10)
    expect([open, late.emptyEnds.get(1)?.[0]]).toEqual([1, 0n])
    await append(1, 1)
    await late.until(() => late.records.length === 6)
    stop.abort()
  })

  it('never reports an end that is older than the last read of a follower', async () => {
    const one = recordingFollower()
    const other = recordingFollower()
    void reader.follow(TOPIC, fromStart, one, stop.signal)
    void reader.follow(TOPIC, fromStart, other, stop.signal)
    for (let n = 1; n <= 20; n += 1) {
      await append(0, 1)
      await other.until(() => other.records.length === n)
      await turns(1)
    }
    for (const { emptyEnds } of [one, other]) {
      const ends = emptyEnds.get(0) ?? []
      expect(ends).toEqual(ends.toSorted((a, b) => (a < b ? -1 : 1)))
    }
    stop.abort()
  })

  it('reports the followers of one connection a contact only with their own end', async () => {
    const follower = recordingFollower()
    void reader.follow(TOPIC, fromStart, follower, stop.signal)
    await turns(20)
    const before = follower.emptyEnds.get(1)?.length ?? 0
    for (let n = 1; n <= 10; n += 1) {
      await append(0, 1)
      await follower.until(() => follower.records.length === n)
    }
    expect(before).toBeGreaterThan(0)
    expect(follower.emptyEnds.get(1)).toHaveLength(before)
    stop.abort()
  })

  it('is not held up by a follower that waits: that one reads on alone, and misses nothing', async () => {
    const gate = new AbortController()
    const opened = new Promise<void>((resolve) => {
      gate.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const quick = recordingFollower()
    let isSlow = false
    const slow = recordingFollower({ onRecords: () => (isSlow ? opened : undefined) })
    void reader.follow(TOPIC, fromStart, quick, stop.signal)
    void reader.follow(TOPIC, fromStart, slow, stop.signal)
    await turns(20)
    expect(open).toBe(1)
    isSlow = true
    for (let n = 1; n <= 5; n += 1) {
      await append(0, 1)
      await quick.until(() => quick.records.length === n)
    }
    expect(slow.records).toEqual([])
    isSlow = false
    gate.abort()
    await slow.until(() => slow.records.length === 5)
    await turns(20)
    expect([offsets(slow.records, 0), open]).toEqual([upTo(5), 1])
    stop.abort()
  })

  it('ends for a follower that fails, and for no other', async () => {
    const well = recordingFollower()
    const failing = recordingFollower({
      onRecords: (_, records) => {
        if (records.length > 0) throw new Error('theirs')
      },
    })
    void reader.follow(TOPIC, fromStart, well, stop.signal)
    const failed = reader.follow(TOPIC, fromStart, failing, stop.signal)
    const error = failed.catch((thrown: unknown) => thrown)
    await turns(20)
    await append(0, 1)
    expect(await error).toMatchObject({ message: 'theirs' })
    await append(0, 1)
    await well.until(() => well.records.length === 2)
    expect(open).toBe(1)
    stop.abort()
  })

  it('ends for all where reading cannot go on', async () => {
    const followers = [recordingFollower(), recordingFollower()]
    const ended = followers.map((each) =>
      reader.follow(TOPIC, new Map([[7, 0n]]), each, stop.signal).catch((error: unknown) => error),
    )
    for (const error of await Promise.all(ended))
      expect(error).toMatchObject({ code: 'topic.mismatch' })
    await turns(10)
    expect(open).toBe(0)
  })

  it('asks each follower by itself where to go on after a lost offset', async () => {
    const one = recordingFollower({ goOnFrom: ({ end }) => end - 1n })
    const other = recordingFollower()
    void reader.follow(TOPIC, fromStart, one, stop.signal)
    void reader.follow(TOPIC, fromStart, other, stop.signal)
    await append(0, 2)
    await other.until(() => other.records.length === 2)
    await turns(20)
    await append(0, 8)
    log.dropBefore(TOPIC, 0, 6n)
    await turns(30)
    for (const { lost } of [one, other]) expect(lost.length).toBeLessThanOrEqual(1)
    expect(offsets(one.records, 0).at(-1)).toBe(9)
    expect(offsets(other.records, 0).at(-1)).toBe(9)
    stop.abort()
  })

  it('ends for all when the reader is closed', async () => {
    const closed = new AbortController()
    reader = sharedReader({
      bounds: (...args) => log.bounds(...args),
      read: (...args) => log.read(...args),
      follow: (topic, from, follower, signal) =>
        log.follow(topic, from, follower, AbortSignal.any([signal, closed.signal])),
    })
    const followers = [recordingFollower(), recordingFollower()]
    const ended = followers.map((each) => reader.follow(TOPIC, fromStart, each, stop.signal))
    await turns(20)
    closed.abort()
    await Promise.all(ended)
  })

  it('calls no follower after the signal aborted, and resolves', async () => {
    const own = new AbortController()
    const leaving = recordingFollower()
    const staying = recordingFollower()
    const left = reader.follow(TOPIC, fromStart, leaving, own.signal)
    void reader.follow(TOPIC, fromStart, staying, stop.signal)
    await turns(20)
    own.abort()
    await left
    await append(0, 1)
    await staying.until(() => staying.records.length === 1)
    expect(leaving.records).toEqual([])
    stop.abort()
  })
})
