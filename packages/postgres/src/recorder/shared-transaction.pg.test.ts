import { PARTITIONS } from '@freshet/protocol'
import { recordShared, recordBatch } from '@freshet/reconciler'
import { changeTopic, ManualClock, recordContext, type ChangeTopic } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { postgresRecorderStore } from './recorder-store.ts'

const SUBJECTS = PARTITIONS.slice(1)

let fresh: FreshDatabase
let topic: ChangeTopic
let clock: ManualClock

beforeEach(async () => {
  fresh = await freshDatabase()
  clock = new ManualClock()
  topic = changeTopic(clock)
  await postgresRecorderStore(fresh.system).ensureProgress(PARTITIONS, 1n)
  topic.activate(1)
  await recordAll(SUBJECTS, recordBatch)
  topic.putHeartbeat('hr', clock.nowMs())
})
afterEach(() => fresh.drop())

/** Records what waits in each of some partitions, all at the same time. */
async function recordAll(
  partitions: readonly number[],
  how: typeof recordBatch | typeof recordShared,
): Promise<readonly (string | undefined)[]> {
  const store = postgresRecorderStore(fresh.system)
  const stored = await Promise.all(partitions.map((partition) => store.progress(partition)))
  const results = await Promise.all(
    stored.map(({ partition, ...from }) => {
      const records = topic.records(partition).filter(({ offset }) => offset >= from.nextOffset)
      return how(recordContext(store, clock), records, { ...from, receivedAtMs: 0 })
    }),
  )
  return results.map((result) => result?.kind)
}

/** Transactions that wrote rows which stand there. */
async function writersOf(rows: string): Promise<number> {
  const text = `SELECT count(DISTINCT xmin::text)::int AS n FROM ${rows} AND partition <> 0`
  const found = await fresh.db.query<{ n: number }>({ name: '', text })
  return found.rows[0]?.n ?? 0
}

describe('heartbeats of the partitions of subjects', () => {
  it('share a transaction', async () => {
    await recordAll(SUBJECTS, recordShared)
    expect(await writersOf('progress WHERE true')).toBe(1)
    expect(await writersOf(`feed WHERE source = 'hr'`)).toBe(1)
  })

  it('control: have one each where they do not come together', async () => {
    await recordAll(SUBJECTS, recordBatch)
    expect(await writersOf('progress WHERE true')).toBe(SUBJECTS.length)
  })

  it('go on without a partition that comes twice: the second time reads what the first one changes', async () => {
    expect(await recordAll([1, 1], recordShared)).toEqual(['recorded', undefined])
    expect((await postgresRecorderStore(fresh.system).progress(1)).nextOffset).toBe(2n)
  })
})
