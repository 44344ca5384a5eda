import { FreshetError, PARTITIONS } from '@freshet/protocol'
import { FLOOR_LAG_MS } from '@freshet/wire'
import {
  MARK_BREATH_MS,
  MARK_GATHER_MS,
  MARK_IDLE_MS,
  MARK_STEP_ROWS,
  MARK_FULL_SCAN_MS,
  quietRests,
  recordBatch,
  runMarking,
  type MarkContext,
  type MarkedStep,
  type MarkStore,
} from '@freshet/reconciler'
import {
  changeTopic,
  hrOrigin,
  ManualClock,
  recordContext,
  type ChangeTopic,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryMarkStore } from './memory-marks.ts'
import { memoryRecorderStore } from './memory-recorder.ts'

let database: MemoryDatabase
let clock: ManualClock
let topic: ChangeTopic

beforeEach(async () => {
  database = new MemoryDatabase()
  clock = new ManualClock()
  topic = changeTopic(clock)
  topic.activate(1)
  await memoryRecorderStore(database).ensureProgress(PARTITIONS, 1n)
  await record()
})

/** Records the new changes of the control partition. */
async function record(): Promise<void> {
  const store = memoryRecorderStore(database)
  const { e, nextOffset } = await store.progress(0)
  const records = topic.records(0).filter(({ offset }) => offset >= nextOffset)
  await recordBatch(recordContext(store, clock), records, { e, nextOffset, receivedAtMs: 0 })
}

async function withdraw(value: string, n: number): Promise<void> {
  topic.put({ ...hrOrigin(`w${n}`, n), kind: 'value-withdrawn', claim: 'groups', value })
  await record()
}

function tenantsThatWait(): readonly string[] {
  return database.tokenMarks.values().map(({ tenant }) => tenant)
}

describe('marking', () => {
  async function marking(parts: Partial<MarkContext>, work: () => Promise<void>): Promise<void> {
    const stop = new AbortController()
    const context = { store: memoryMarkStore(database), timer: clock, ...parts }
    const run = runMarking(context, stop.signal)
    await work()
    stop.abort()
    await run
  }

  test('goes on until nothing is left, and after a failure', async () => {
    await withdraw('x', 1)
    database.failNext('before-commit')
    const failed: unknown[] = []
    await marking({ onFailed: (error) => failed.push(error) }, async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      expect(failed).toHaveLength(1)
      expect(database.tokenMarks.values()).toHaveLength(1)
      await clock.advance(MARK_IDLE_MS)
      expect(database.tokenMarks.values()).toEqual([])
    })
  })

  test('reads half as many tokens after each step that failed, and all again after one that did not', async () => {
    const lost = new FreshetError('database.statement-timeout', 'Planned.')
    const rows: number[] = []
    const failing: MarkStore = {
      async markSome(limit) {
        rows.push(limit.rows)
        if (rows.length < 3) throw lost
        return undefined
      },
    }
    await marking({ store: failing }, async () => {
      for (let n = 0; n < 4; n++) {
        await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
        await clock.advance(MARK_IDLE_MS)
      }
    })
    const all = MARK_STEP_ROWS
    expect(rows.slice(0, 4)).toEqual([all, all / 2, all / 4, all])
  })

  test('reads from a floor once nothing waited, and from the start once a minute', async () => {
    const behind: (bigint | undefined)[] = []
    const empty: MarkStore = {
      async markSome(limit) {
        behind.push(limit.behind)
        limit.onFloor?.(BigInt(clock.monotonicMs()) + 2n)
        return undefined
      },
    }
    const steps = (2 * MARK_FULL_SCAN_MS) / MARK_IDLE_MS
    await marking({ store: empty }, async () => {
      for (let n = 0; n < steps; n++) {
        await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
        await clock.advance(MARK_IDLE_MS)
      }
    })
    const whole = behind.flatMap((from, n) => (from === 0n ? [n * MARK_IDLE_MS] : []))
    expect(whole.filter((atMs) => atMs > FLOOR_LAG_MS)).toEqual([
      MARK_FULL_SCAN_MS,
      2 * MARK_FULL_SCAN_MS,
    ])
    expect(behind.filter((from) => from !== 0n)).toContain(BigInt(FLOOR_LAG_MS) + 1n)
  })

  test('goes on with the next tenant after a step that failed, so that no tenant keeps others waiting', async () => {
    for (const [n, tenant] of ['globex', 'initech'].entries()) {
      await withdraw('x', n + 1)
      const mark = database.tokenMarks.values().find((each) => each.tenant === 'acme')
      if (mark !== undefined) database.tokenMarks.set(String(mark.id), { ...mark, tenant })
    }
    expect(tenantsThatWait()).toEqual(['globex', 'initech'])
    const store = memoryMarkStore(database)
    const failing: MarkStore = {
      markSome: (limit) =>
        store.markSome({
          ...limit,
          onTurn(tenant) {
            limit.onTurn?.(tenant)
            if (tenant === 'globex')
              throw new FreshetError('database.statement-timeout', 'Planned.')
          },
        }),
    }
    await marking({ store: failing }, async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      await clock.advance(MARK_IDLE_MS)
      await expect.poll(tenantsThatWait, { interval: 1 }).toEqual(['globex'])
    })
  })

  test('begins at once when marks are recorded after a rest', async () => {
    const rests = quietRests(clock)
    await marking({ rest: rests.ofLoop() }, async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      await clock.advance(MARK_GATHER_MS)
      await withdraw('x', 1)
      expect(database.tokenMarks.values()).toHaveLength(1)
      rests.note()
      await expect.poll(() => database.tokenMarks.values(), { interval: 1 }).toEqual([])
    })
  })

  test('makes marks that come one after the other in few steps', async () => {
    const [rests, made] = [quietRests(clock), [] as number[]]
    const onMarked = (step: MarkedStep): void => void made.push(step.made)
    await marking({ rest: rests.ofLoop(), onMarked }, async () => {
      for (let n = 1; n <= 10; n++) {
        await withdraw('x', n)
        rests.note()
        await clock.advance(MARK_BREATH_MS)
      }
      await clock.advance(MARK_GATHER_MS)
    })
    expect(made).toEqual([10])
  })
})
