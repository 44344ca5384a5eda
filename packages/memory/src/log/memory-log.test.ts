import { recordingFollower, registerLogContract } from '@freshet/testkit'
import { expect, test } from 'vitest'
import { memoryLog, type MemoryLog } from './memory-log.ts'

const NOW_MS = 1_700_000_000_000

registerLogContract('in memory', async () => {
  const log = memoryLog(() => NOW_MS)
  return {
    writer: log,
    reader: log,
    createTopic: async (topic, partitions) => log.createTopic(topic, partitions),
    dropBefore: async (topic, partition, offset) => log.dropBefore(topic, partition, offset),
    close: async () => {},
  }
})

async function logWith(...texts: readonly string[]): Promise<MemoryLog> {
  const log = memoryLog(() => NOW_MS)
  log.createTopic('t', 1)
  for (const text of texts) await append(log, text)
  return log
}

async function append(log: MemoryLog, text: string): Promise<void> {
  await log.append('t', 0, [{ key: null, value: Buffer.from(text), headers: {} }])
}

test('a lost tail is first a reconnect, then a lost offset, and its offsets are given again', async () => {
  const log = await logWith('a', 'b', 'c')
  const follower = recordingFollower({ goOnFrom: (bounds) => bounds.end })
  const stop = new AbortController()
  const done = log.follow('t', new Map([[0, 0n]]), follower, stop.signal)
  await follower.until(() => follower.records.length === 3)
  log.truncate('t', 0, 1n)
  await follower.until(() => follower.lost.length === 1)
  await append(log, 'other')
  await follower.until(() => follower.records.length === 4)
  stop.abort()
  await done
  expect(follower.reconnects).toEqual([0])
  expect(follower.lost).toEqual([{ partition: 0, earliest: 0n, end: 1n }])
  expect(follower.records.at(-1)?.offset).toBe(1n)
})

test('a topic made anew is empty and counts from zero again', async () => {
  const log = await logWith('a', 'b')
  log.recreate('t')
  expect(await log.bounds('t')).toEqual([{ partition: 0, earliest: 0n, end: 0n }])
})

test('a lost tail that was written again looks whole but for the reconnect', async () => {
  const log = await logWith('a', 'b')
  const follower = recordingFollower()
  const stop = new AbortController()
  const done = log.follow('t', new Map([[0, 0n]]), follower, stop.signal)
  await follower.until(() => follower.records.length === 2)
  log.truncate('t', 0, 1n)
  await append(log, 'other')
  await follower.until(() => follower.reconnects.length === 1)
  stop.abort()
  await done
  expect(follower.lost).toEqual([])
})

test('a caller that reuses its buffer does not change what was appended', async () => {
  const log = await logWith()
  const value = Buffer.from('a')
  await log.append('t', 0, [{ key: null, value, headers: {} }])
  value.write('b')
  const [record] = await log.read('t', 0, 0n, 1)
  expect(Buffer.from(record?.value ?? []).toString()).toBe('a')
})
