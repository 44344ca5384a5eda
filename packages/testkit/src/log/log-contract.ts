import { FreshetError } from '@freshet/protocol'
import type { LogFollower, LogReader, LogWriter, OutgoingRecord } from '@freshet/wire'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recordingFollower } from './recording-follower.ts'

/** A log with the means to set up the cases of the contract. */
export interface LogUnderTest {
  readonly writer: LogWriter
  readonly reader: LogReader
  createTopic(topic: string, partitions: number): Promise<void>
  /** Makes the records before the offset unreadable, as retention does. */
  dropBefore(topic: string, partition: number, offset: bigint): Promise<void>
  close(): Promise<void>
}

const PARTITIONS = 3

/**
 * Registers the contract of the ports LogWriter and LogReader for one implementation.
 *
 * `topicPrefix` must differ between runs when the log outlives them.
 */
export function registerLogContract(
  name: string,
  makeLog: () => Promise<LogUnderTest>,
  topicPrefix = 'contract',
): void {
  describe(`the log contract: ${name}`, () => {
    const scene = {} as Scene
    let topics = 0
    beforeAll(async () => {
      scene.log = await makeLog()
    })
    afterAll(async () => {
      await scene.log.close()
    })
    beforeEach(async () => {
      scene.topic = `${topicPrefix}.${++topics}`
      await scene.log.createTopic(scene.topic, PARTITIONS)
    })
    registerAppending(scene)
    registerReading(scene)
    registerFollowing(scene)
    registerEnds(scene)
  })
}

/** Filled before each test; the tests close over it. */
interface Scene {
  log: LogUnderTest
  topic: string
}

function registerAppending(scene: Scene): void {
  test('the records of one append stand together, in order, from its base offset', async () => {
    const { writer, reader } = scene.log
    const first = await writer.append(scene.topic, 1, textRecords('a', 'b', 'c'))
    const second = await writer.append(scene.topic, 1, textRecords('d'))
    expect([first.baseOffset, second.baseOffset]).toEqual([0n, 3n])
    const records = await reader.read(scene.topic, 1, 0n, 10)
    expect(records.map((record) => [record.offset, textOf(record.value)])).toEqual([
      [0n, 'a'],
      [1n, 'b'],
      [2n, 'c'],
      [3n, 'd'],
    ])
  })

  test('appends to one partition at the same time are not mixed and keep their order', async () => {
    const { writer, reader } = scene.log
    const batches = ['a', 'b', 'c', 'd'].map((name) => textRecords(`${name}1`, `${name}2`))
    const appended = await Promise.all(batches.map((b) => writer.append(scene.topic, 0, b)))
    expect(appended.map(({ baseOffset }) => baseOffset)).toEqual([0n, 2n, 4n, 6n])
    const values = (await reader.read(scene.topic, 0, 0n, 10)).map((r) => textOf(r.value))
    expect(values).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2'])
  })

  test('key, value and headers come back byte for byte, and null is not empty', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const outgoing: readonly OutgoingRecord[] = [
      { key: bytes, value: bytes, headers: { ce_id: bytes, empty: new Uint8Array(0) } },
      { key: null, value: null, headers: {} },
      { key: new Uint8Array(0), value: new Uint8Array(0), headers: {} },
    ]
    await scene.log.writer.append(scene.topic, 0, outgoing)
    const records = await scene.log.reader.read(scene.topic, 0, 0n, 10)
    expect(records.map(plain)).toEqual(outgoing.map(plain))
  })

  test('a record carries the time of append that the append returned', async () => {
    const { appendedAtMs } = await scene.log.writer.append(scene.topic, 2, textRecords('a', 'b'))
    const records = await scene.log.reader.read(scene.topic, 2, 0n, 10)
    expect(records.map((record) => record.appendedAtMs)).toEqual([appendedAtMs, appendedAtMs])
    expect(appendedAtMs).toBeGreaterThan(0)
  })

  test('an append to a partition that does not exist is a topic mismatch', async () => {
    const append = scene.log.writer.append(scene.topic, PARTITIONS, textRecords('a'))
    await expect(append).rejects.toMatchObject({ code: 'topic.mismatch' })
  })

  test('a topic that does not exist is trouble that may heal, for writer and reader', async () => {
    const { writer, reader } = scene.log
    const missing = `${scene.topic}.missing`
    const trouble = { code: 'broker.unavailable' }
    await expect(writer.append(missing, 0, textRecords('a'))).rejects.toMatchObject(trouble)
    await expect(reader.bounds(missing)).rejects.toMatchObject(trouble)
    await expect(reader.read(missing, 0, 0n, 1)).rejects.toMatchObject(trouble)
  })
}

function registerReading(scene: Scene): void {
  test('bounds name every partition, empty ones too, and what retention left, or only those asked for', async () => {
    const { writer, reader } = scene.log
    await writer.append(scene.topic, 1, textRecords('a', 'b', 'c'))
    await scene.log.dropBefore(scene.topic, 1, 2n)
    expect(await reader.bounds(scene.topic)).toEqual([
      { partition: 0, earliest: 0n, end: 0n },
      { partition: 1, earliest: 2n, end: 3n },
      { partition: 2, earliest: 0n, end: 0n },
    ])
    expect(await reader.bounds(scene.topic, [1])).toEqual([{ partition: 1, earliest: 2n, end: 3n }])
    await expect(reader.bounds(scene.topic, [PARTITIONS])).rejects.toMatchObject({
      code: 'topic.mismatch',
    })
  })

  test('read starts inside a batch, stops at the limit and does not wait at the end', async () => {
    const { writer, reader } = scene.log
    await writer.append(scene.topic, 0, textRecords('a', 'b', 'c', 'd'))
    const read = async (from: bigint, limit: number): Promise<readonly string[]> =>
      (await reader.read(scene.topic, 0, from, limit)).map((record) => textOf(record.value))
    expect(await read(1n, 2)).toEqual(['b', 'c'])
    expect(await read(3n, 10)).toEqual(['d'])
    expect(await read(4n, 10)).toEqual([])
  })

  test('read of a position outside the log reports that the offset is lost', async () => {
    const { writer, reader } = scene.log
    await writer.append(scene.topic, 0, textRecords('a', 'b'))
    await scene.log.dropBefore(scene.topic, 0, 1n)
    const lost = { code: 'broker.offset-lost' }
    await expect(reader.read(scene.topic, 0, 3n, 1)).rejects.toMatchObject(lost)
    await expect(reader.read(scene.topic, 0, 0n, 1)).rejects.toMatchObject(lost)
  })
}

function registerFollowing(scene: Scene): void {
  test('a follower gets what is there and what comes, in order and without repeats', async () => {
    const { writer } = scene.log
    await writer.append(scene.topic, 0, textRecords('a', 'b', 'c'))
    const follower = recordingFollower()
    const following = follow(scene, { 0: 1n }, follower)
    await follower.until(() => follower.records.length === 2)
    await writer.append(scene.topic, 0, textRecords('d', 'e'))
    await writer.append(scene.topic, 0, textRecords('f'))
    await follower.until(() => follower.records.length === 5)
    await following.end()
    expect(follower.records.map((record) => record.offset)).toEqual([1n, 2n, 3n, 4n, 5n])
    expect(follower.records.map((r) => textOf(r.value)).join('')).toBe('bcdef')
  })

  test('a follower receives only its partitions, each in its own order', async () => {
    const { writer } = scene.log
    const follower = recordingFollower()
    const following = follow(scene, { 0: 0n, 2: 0n }, follower)
    for (const partition of [0, 1, 2]) {
      await writer.append(scene.topic, partition, textRecords(`${partition}a`, `${partition}b`))
    }
    await follower.until(() => follower.records.length === 4)
    await following.end()
    const of = (partition: number): readonly string[] =>
      follower.records.filter((r) => r.partition === partition).map((r) => textOf(r.value))
    expect([of(0), of(1), of(2)]).toEqual([['0a', '0b'], [], ['2a', '2b']])
  })

  test('contact without news is an empty call that names the end of the log', async () => {
    await scene.log.writer.append(scene.topic, 1, textRecords('a', 'b'))
    const follower = recordingFollower()
    const following = follow(scene, { 0: 0n, 1: 0n }, follower)
    await follower.until(() => follower.emptyEnds.size === 2)
    await following.end()
    expect(follower.emptyEnds.get(0)?.[0]).toBe(0n)
    expect(follower.emptyEnds.get(1)?.[0]).toBe(2n)
    expect(follower.records).toHaveLength(2)
  })

  test('the next call for a partition waits for the promise of the last', async () => {
    const { writer } = scene.log
    let running = 0
    let runningMax = 0
    const follower = recordingFollower({
      onRecords: async () => {
        runningMax = Math.max(runningMax, ++running)
        await scene.log.reader.bounds(scene.topic)
        running--
      },
    })
    const following = follow(scene, { 0: 0n }, follower)
    for (const text of ['a', 'b', 'c']) await writer.append(scene.topic, 0, textRecords(text))
    await follower.until(() => follower.records.length === 3)
    await following.end()
    expect(runningMax).toBe(1)
  })

  test('a follower behind retention gets an error and goes on at the position that it names', async () => {
    const { writer } = scene.log
    await writer.append(scene.topic, 0, textRecords('a', 'b', 'c', 'd'))
    await scene.log.dropBefore(scene.topic, 0, 2n)
    const follower = recordingFollower({ goOnFrom: (bounds) => bounds.earliest + 1n })
    const following = follow(scene, { 0: 0n }, follower)
    await follower.until(() => follower.records.length === 1)
    await following.end()
    expect(follower.lost[0]).toEqual({ partition: 0, earliest: 2n, end: 4n })
    expect(follower.records[0]?.offset).toBe(3n)
  })

  test('a follower beyond the end gets an error: a lost tail does not look like silence', async () => {
    await scene.log.writer.append(scene.topic, 0, textRecords('a'))
    const follower = recordingFollower()
    const following = follow(scene, { 0: 7n }, follower)
    await follower.until(() => follower.records.length === 1)
    await following.end()
    expect(follower.lost[0]).toEqual({ partition: 0, earliest: 0n, end: 1n })
  })
}

function registerEnds(scene: Scene): void {
  test('what a follower throws ends its follow with that very error', async () => {
    const failure = new FreshetError('database.unavailable', 'The database went away.')
    await scene.log.writer.append(scene.topic, 0, textRecords('a'))
    const follower = recordingFollower({
      onRecords: (_partition, records) => {
        if (records.length > 0) throw failure
      },
    })
    await expect(follow(scene, { 0: 0n, 1: 0n }, follower).done).rejects.toBe(failure)
  })

  test('after an abort follow resolves and the follower is not called again', async () => {
    const { writer } = scene.log
    const follower = recordingFollower()
    const following = follow(scene, { 0: 0n }, follower)
    await follower.until(() => follower.emptyEnds.size === 1)
    await following.end()
    await writer.append(scene.topic, 0, textRecords('late'))
    const second = recordingFollower()
    const other = follow(scene, { 0: 0n }, second)
    await second.until(() => second.records.length === 1)
    await other.end()
    expect(follower.records).toEqual([])
  })

  test('a follow that starts aborted does nothing', async () => {
    const follower = recordingFollower()
    const partitions = new Map([[0, 0n]])
    await scene.log.reader.follow(scene.topic, partitions, follower, AbortSignal.abort())
    expect(follower.emptyEnds.size).toBe(0)
  })
}

interface FollowUnderTest {
  readonly done: Promise<void>
  end(): Promise<void>
}

function follow(
  scene: Scene,
  from: Readonly<Record<number, bigint>>,
  follower: LogFollower,
): FollowUnderTest {
  const stop = new AbortController()
  const positions = new Map(Object.entries(from).map(([p, offset]) => [Number(p), offset]))
  const done = scene.log.reader.follow(scene.topic, positions, follower, stop.signal)
  return {
    done,
    end: () => {
      stop.abort()
      return done
    },
  }
}

function textRecords(...texts: readonly string[]): readonly OutgoingRecord[] {
  return texts.map((text) => ({ key: null, value: new TextEncoder().encode(text), headers: {} }))
}

function textOf(value: Uint8Array | null): string {
  return new TextDecoder().decode(value ?? new Uint8Array(0))
}

/** Bytes as arrays: a Buffer and a Uint8Array with the same bytes are equal here. */
function plain({ key, value, headers }: OutgoingRecord): unknown {
  const list = (bytes: Uint8Array | null): number[] | null => (bytes ? [...bytes] : null)
  const named = Object.entries(headers).map(([name, bytes]) => [name, list(bytes)])
  return { key: list(key), value: list(value), headers: Object.fromEntries(named) }
}
