import { PARTITIONS } from '@freshet/protocol'
import { recordBatch, type RecorderStore } from '@freshet/reconciler'
import {
  AMY,
  changeTopic,
  groupsChange,
  ManualClock,
  recordContext,
  type ChangeTopic,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { postgresRecorderStore } from './recorder-store.ts'

const SUBJECTS = PARTITIONS.slice(1)
const TENANTS = ['acme']
const FIRST_MS = 1_795_514_400_000

let fresh: FreshDatabase
let topic: ChangeTopic
let clock: ManualClock
let store: RecorderStore

beforeEach(async () => {
  fresh = await freshDatabase()
  clock = new ManualClock()
  topic = changeTopic(clock)
  store = postgresRecorderStore(fresh.system)
  await store.ensureProgress(PARTITIONS, 1n)
  topic.activate(1)
  topic.putHeartbeats('hr', FIRST_MS, TENANTS)
  await record()
})
afterEach(() => fresh.drop())

async function record(through: RecorderStore = store): Promise<void> {
  for (const partition of SUBJECTS) {
    const { e, nextOffset } = await store.progress(partition)
    const records = topic.records(partition).filter(({ offset }) => offset >= nextOffset)
    await recordBatch(recordContext(through, clock), records, { e, nextOffset, receivedAtMs: 0 })
  }
}

/** Returns the times of the feeds, and the number of rows that their last transaction locked, too. */
async function feeds(): Promise<{ readonly times: readonly number[]; readonly locked: number }> {
  type Row = { readonly through_ms: bigint; readonly locked: boolean }
  const text = `SELECT DISTINCT through_ms, xmax <> 0 AS locked FROM feed
    WHERE partition <> 0 AND source = 'hr'`
  const { rows } = await fresh.db.query<Row & Record<string, unknown>>({ name: '', text })
  const times = new Set(rows.map((row) => Number(row.through_ms)))
  return { times: [...times], locked: rows.filter(({ locked }) => locked).length }
}

describe('the rows of feeds that a heartbeat finds', () => {
  it('are updated without being locked first', async () => {
    topic.putHeartbeats('hr', FIRST_MS + 1_000, TENANTS)
    await record()
    expect(await feeds()).toEqual({ times: [FIRST_MS + 1_000], locked: 0 })
  })

  it('are locked first where more than the time changes (control)', async () => {
    for (const n of [1, 2]) topic.put(groupsChange(`c${n}`, AMY, { op: 'add', values: ['x'], n }))
    await record()
    expect((await feeds()).locked).toBe(1)
  })

  it('are stored again where they were pruned meanwhile', async () => {
    topic.putHeartbeats('hr', FIRST_MS + 1_000, TENANTS)
    await record({
      ...store,
      inPartition: (partition, work, isShared) =>
        store.inPartition(
          partition,
          (tx) =>
            work({
              ...tx,
              async load(needed) {
                const state = await tx.load(needed)
                await fresh.db.query({
                  name: '',
                  text: `DELETE FROM feed WHERE partition = ${partition}`,
                })
                return state
              },
            }),
          isShared,
        ),
    })
    expect(await feeds()).toEqual({ times: [FIRST_MS + 1_000], locked: 0 })
  })
})
