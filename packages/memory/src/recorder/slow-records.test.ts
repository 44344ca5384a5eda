import { FreshetError, partitionOf, PARTITIONS } from '@freshet/protocol'
import {
  ALONE_ATTEMPTS,
  RECORDS_PER_TRANSACTION_MAX,
  recordBatch,
  type RecorderStore,
  type RecordResult,
} from '@freshet/reconciler'
import {
  AMY,
  BEN,
  changeTopic,
  groupsChange,
  hrOrigin,
  ManualClock,
  recordContext,
  withSave,
  type ChangeTopic,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryRecorderStore } from './memory-recorder.ts'

const P = partitionOf(AMY)
const CHANGES = 20

let database: MemoryDatabase
let clock: ManualClock
let topic: ChangeTopic
let saved: number[]
beforeEach(async () => {
  database = new MemoryDatabase()
  clock = new ManualClock()
  topic = changeTopic(clock)
  saved = []
  topic.activate(1)
  const store = memoryRecorderStore(database)
  await store.ensureProgress(PARTITIONS, 1n)
  await recordBatch(recordContext(store, clock), topic.records(P), at(0n))
})

const at = (nextOffset: bigint) => ({ e: 1n, nextOffset, receivedAtMs: 0 })

/** Returns a store whose statements take too long for some batches. */
function slowFor(isSlow: (ids: readonly string[]) => boolean): RecorderStore {
  return withSave(memoryRecorderStore(database), (batch, save) => {
    const { log, consumed } = batch.decision
    const accepted = log.filter(({ outcome }) => outcome !== 'doubtful')
    saved.push(consumed)
    if (!isSlow(accepted.map(({ id }) => id))) return save(batch)
    return Promise.reject(new FreshetError('database.statement-timeout', 'Planned.'))
  })
}

function record(store: RecorderStore): Promise<RecordResult> {
  return recordBatch(recordContext(store, clock), topic.records(P).slice(1), at(1n))
}

const outcomes = (): readonly string[] =>
  database.changeLog
    .values()
    .filter(({ source }) => source === 'hr')
    .map(({ id, outcome }) => `${id} ${outcome}`)

const doubts = (): readonly string[] =>
  database.doubts.values().map(({ subject, claim }) => `${subject.sub} ${claim}`)

function putChanges(count: number): void {
  for (let n = 1; n <= count; n++)
    topic.put(groupsChange(`a${n}`, AMY, { op: 'set', values: [`v${n}`], n }))
}

describe('a transaction that takes longer than the database allows', () => {
  test('is tried with half of its records until it is short enough, and grows again', async () => {
    putChanges(CHANGES)
    const result = await record(slowFor((ids) => ids.length > 5))
    expect(result).toMatchObject({ kind: 'recorded', nextOffset: BigInt(CHANGES + 1) })
    expect(saved.slice(0, 4)).toEqual([20, 10, 5, 10])
    expect(Math.max(...saved)).toBeLessThanOrEqual(RECORDS_PER_TRANSACTION_MAX)
    expect(outcomes()).toHaveLength(CHANGES)
    expect(database.doubts.values()).toEqual([])
  })

  test('sets the one record aside that is too slow alone, its claim of its subject in doubt, and goes on', async () => {
    putChanges(CHANGES)
    const result = await record(slowFor((ids) => ids.includes('a7')))
    expect(result).toMatchObject({ kind: 'recorded', nextOffset: BigInt(CHANGES + 1) })
    expect(outcomes().filter((line) => !line.endsWith('applied'))).toEqual(['a7 doubtful'])
    expect(doubts()).toEqual(['amy groups'])
    expect(database.feeds.values().some(({ feed }) => feed.halted)).toBe(false)
  })

  test('sets nothing aside that is slow less often than it is tried', async () => {
    putChanges(1)
    let times = 0
    await record(slowFor(() => ++times < ALONE_ATTEMPTS))
    expect(outcomes()).toEqual(['a1 applied'])
    expect(times).toBe(ALONE_ATTEMPTS)
  })

  test('pauses where even a record that was set aside is too slow', async () => {
    putChanges(2)
    const store = slowFor(() => true)
    await expect(record(store)).rejects.toMatchObject({ code: 'database.statement-timeout' })
    expect(outcomes()).toEqual([])
  })

  test('never sets an activation aside: its partition pauses under the version before', async () => {
    topic.activate(2)
    await expect(record(slowFor(() => true))).rejects.toMatchObject({
      code: 'database.statement-timeout',
    })
    expect(saved).toHaveLength(1)
  })

  test('sets nothing aside for the wait for a lock, which no record causes (control)', async () => {
    putChanges(1)
    const lost = new FreshetError('database.timeout', 'Planned.')
    const store = { ...memoryRecorderStore(database), inPartition: () => Promise.reject(lost) }
    await expect(record(store)).rejects.toBe(lost)
  })

  test('takes the trust from the source where a record without a subject is set aside', async () => {
    topic.put({ ...hrOrigin('s1', 1), kind: 'snapshot-begin' })
    topic.put(groupsChange('b1', BEN, { op: 'set', values: ['x'], n: 2 }))
    await record(slowFor((ids) => ids.includes('s1')))
    const feed = database.feeds
      .values()
      .find(({ source, partition }) => source === 'hr' && partition === P)?.feed
    expect(feed).toMatchObject({ halted: true })
  })
})
