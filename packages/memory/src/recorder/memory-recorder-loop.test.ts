import {
  FreshetError,
  PARTITIONS,
  partitionOf,
  subjectKey,
  SNAPSHOT_REMOVAL_MAX,
  type Registry,
} from '@freshet/protocol'
import { CHANGES_TOPIC } from '@freshet/wire'
import {
  recordBatch,
  runPartition,
  PAUSE_MIN_MS,
  runWalks,
  WALK_IDLE_MS,
  type PartitionLoop,
  type RecorderStore,
} from '@freshet/reconciler'
import {
  acmeRegistry,
  AMY,
  changeTopic,
  groupsChange,
  hrOrigin,
  ManualClock,
  recordContext,
  type ChangeTopic,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryLog, type MemoryLog } from '../log/memory-log.ts'
import { memoryRecorderStore } from './memory-recorder.ts'

const P = partitionOf(AMY)
let database: MemoryDatabase
let clock: ManualClock
let log: MemoryLog
let topic: ChangeTopic
let store: RecorderStore
let sent: Map<number, number>

beforeEach(async () => {
  database = new MemoryDatabase()
  clock = new ManualClock()
  log = memoryLog(() => clock.nowMs())
  log.createTopic(CHANGES_TOPIC, PARTITIONS.length)
  topic = changeTopic(clock)
  store = memoryRecorderStore(database)
  sent = new Map()
  await store.ensureProgress(PARTITIONS, 1n)
  topic.activate(1)
  await send()
})

/** Appends to the log the records that the topic's builder has made since the last call. */
async function send(): Promise<void> {
  for (const partition of PARTITIONS) {
    const records = topic.records(partition).slice(sent.get(partition) ?? 0)
    if (records.length > 0) await log.append(CHANGES_TOPIC, partition, records)
    sent.set(partition, topic.records(partition).length)
  }
}

function loopOf(more: Partial<PartitionLoop> = {}): PartitionLoop {
  const incarnation = { verify: (partition: number) => store.progress(partition) }
  return { ...recordContext(store, clock), reader: log, incarnation, ...more }
}

async function running(loop: PartitionLoop, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const run = runPartition(loop, P, stop.signal)
  try {
    await work()
  } finally {
    stop.abort()
    await run
  }
}

const nextOffset = async (): Promise<bigint> => (await store.progress(P)).nextOffset
const reaches = (offset: bigint): Promise<void> =>
  expect.poll(nextOffset, { interval: 1 }).toBe(offset)

describe('the loop of a partition', () => {
  test('records what is there and what comes, and tells after each commit', async () => {
    const committed: bigint[] = []
    const loop = loopOf({ onCommitted: (_partition, batch) => committed.push(batch.nextOffset) })
    await running(loop, async () => {
      await reaches(1n)
      topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      await send()
      await reaches(2n)
    })
    expect(committed).toEqual([1n, 2n])
  })

  test('pauses while the database is away, and goes on by itself (V7)', async () => {
    const paused: string[] = []
    const loop = loopOf({ onPaused: (_partition, error) => paused.push(error.code) })
    database.failNext('before-commit')
    await running(loop, async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      expect(await nextOffset()).toBe(0n)
      await clock.advance(PAUSE_MIN_MS)
      await reaches(1n)
    })
    expect(paused).toEqual(['database.unavailable'])
  })

  test('does not record again what a commit of unknown outcome recorded (S12)', async () => {
    await running(loopOf(), () => reaches(1n))
    topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
    topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
    await send()
    database.failNext('unknown')
    await running(loopOf(), async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      await clock.advance(PAUSE_MIN_MS)
      await reaches(3n)
    })
    expect(database.outbox.values()).toHaveLength(1)
  })

  test('reads again from the stored position when the database went back', async () => {
    topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
    await send()
    await running(loopOf(), async () => {
      await reaches(2n)
      for (const row of database.progress.values()) {
        database.progress.set(String(row.partition), { ...row, nextOffset: 1n })
      }
      database.changeLog.delete(JSON.stringify(['acme', 'hr', 'a1', P]))
      topic.put(groupsChange('a2', AMY, { op: 'add', values: ['y'], n: 2 }))
      await send()
      await reaches(3n)
    })
    expect(database.changeLog.get(JSON.stringify(['acme', 'hr', 'a1', P]))).toBeDefined()
  })

  test('waits for a policy version that this process has not loaded (rule 32)', async () => {
    const registries = new Map<number, Registry>([[1, acmeRegistry()]])
    const paused: string[] = []
    const loop = loopOf({
      ...recordContext(store, clock, registries),
      onPaused: (_partition, error) => paused.push(error.code),
    })
    topic.activate(2)
    topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
    await send()
    await running(loop, async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      expect(await nextOffset()).toBe(1n)
      registries.set(2, acmeRegistry({ version: 2 }))
      await clock.advance(PAUSE_MIN_MS)
      await reaches(3n)
    })
    expect(paused).toEqual(['registry.not-loaded'])
  })

  test('gets the version that an activation names, and goes on without a pause (rule 32)', async () => {
    const registries = new Map<number, Registry>([[1, acmeRegistry()]])
    const versions: number[] = []
    const loop = loopOf({
      ...recordContext(store, clock, registries),
      loadVersion: async ({ pv }) => {
        versions.push(pv)
        registries.set(pv, acmeRegistry({ version: pv }))
      },
    })
    topic.activate(2)
    topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
    await send()
    await running(loop, () => reaches(3n))
    expect(versions).toEqual([2])
  })

  test('calls nothing unauthentic for want of the version whose keys would tell (rule 32)', async () => {
    await running(loopOf(), () => reaches(1n))
    topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
    await send()
    const registries = new Map<number, Registry>()
    const context = recordContext(store, clock, registries)
    const authenticate = vi.fn(context.authenticate)
    await running(loopOf({ ...context, authenticate }), async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      expect(authenticate).not.toHaveBeenCalled()
      registries.set(1, acmeRegistry())
      await clock.advance(PAUSE_MIN_MS)
      await reaches(2n)
    })
    expect(authenticate).toHaveBeenCalledTimes(1)
  })

  test('authenticates each record by the keys of the version in force there (rule 32)', async () => {
    const registries = new Map([1, 2].map((version) => [version, acmeRegistry({ version })]))
    const context = recordContext(store, clock, registries)
    const by: string[] = []
    const loop = loopOf({
      ...context,
      authenticate: (record, policy) => {
        by.push(`${record.offset} by ${policy.pv}`)
        return context.authenticate(record, policy)
      },
    })
    topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
    topic.activate(2)
    topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
    await send()
    await running(loop, () => reaches(4n))
    expect(new Map(by.map((line) => [line.split(' ')[0], line]))).toEqual(
      new Map([
        ['0', '0 by 0'],
        ['1', '1 by 1'],
        ['2', '2 by 1'],
        ['3', '3 by 2'],
      ]),
    )
  })

  test('checks the incarnation at start and at every reconnect (rule 28)', async () => {
    const verify = vi.fn((partition: number) => store.progress(partition))
    await running(loopOf({ incarnation: { verify } }), async () => {
      await reaches(1n)
      const before = verify.mock.calls.length
      log.reconnect()
      await expect.poll(() => verify.mock.calls.length, { interval: 1 }).toBeGreaterThan(before)
    })
  })

  test('pauses a partition that its topic lacks, and goes on when the topic has it', async () => {
    const missing = new FreshetError('topic.mismatch', `The topic lacks partition ${P}.`)
    const paused: string[] = []
    let isThere = false
    const reader: PartitionLoop['reader'] = {
      ...log,
      follow: (...args) => (isThere ? log.follow(...args) : Promise.reject(missing)),
    }
    const onPaused = (partition: number, { code }: FreshetError): void =>
      void paused.push(`${partition} ${code}`)
    await running(loopOf({ reader, onPaused }), async () => {
      await expect.poll(() => clock.sleeping, { interval: 1 }).toBe(1)
      const noted = { code: 'topic.mismatch', message: missing.message, e: 1n, nextOffset: 0n }
      expect(database.recordingPauses.get(String(P))).toMatchObject(noted)
      isThere = true
      await clock.advance(PAUSE_MIN_MS)
      await reaches(1n)
    })
    expect(paused).toEqual([`${P} topic.mismatch`])
  })

  test.each(['database.migration', 'config.invalid'] as const)(
    'control: ends with %s, which concerns the whole process',
    async (code) => {
      const broken = new FreshetError(code, 'It is of the whole process.')
      const reader: PartitionLoop['reader'] = { ...log, follow: () => Promise.reject(broken) }
      const run = runPartition(loopOf({ reader }), P, new AbortController().signal)
      await expect(run).rejects.toBe(broken)
    },
  )

  test('ends with what waiting cannot heal', async () => {
    const broken = new FreshetError('invariant.broken', 'Planned.')
    const loop = loopOf({ authenticate: () => Promise.reject(broken) })
    const run = runPartition(loop, P, new AbortController().signal)
    await expect(run).rejects.toBe(broken)
  })
})

describe('the end of a full statement', () => {
  test('over more claims than one step takes is done by a walk, in steps that are whole (S12)', async () => {
    const version = { epoch: 0n, n: 1n }
    const element = { value: 'x', present: true, version }
    const state = { floor: version, elements: new Map([['"x"', element]]) }
    for (let n = 0; n < SNAPSHOT_REMOVAL_MAX + 1; n++) {
      const subject = { ...AMY, sub: `amy-${n}` }
      const key = JSON.stringify([subjectKey(subject), 'groups'])
      const row = { subject, claim: 'groups', source: 'hr', partition: P, state }
      database.claimStates.set(key, row)
    }
    topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
    topic.put({ ...hrOrigin('s2', 6), kind: 'snapshot-end', confirmed: true })
    const committed: bigint[] = []
    const loop = loopOf({ onCommitted: (_partition, batch) => committed.push(batch.nextOffset) })
    const from = { e: 1n, nextOffset: 0n, receivedAtMs: 0 }
    await recordBatch(loop, topic.records(P), from)
    expect(committed).toEqual([1n, 2n, 3n])
    const stop = new AbortController()
    const walks = runWalks(loop, stop.signal)
    const outboxSize = async (): Promise<number> => {
      await clock.advance(WALK_IDLE_MS)
      return database.outbox.values().length
    }
    await expect.poll(outboxSize, { interval: 1 }).toBe(SNAPSHOT_REMOVAL_MAX + 1)
    stop.abort()
    await walks
    const ids = database.outbox.values().map(({ headers }) => String(headers['ce_id']))
    expect(new Set(ids).size).toBe(SNAPSHOT_REMOVAL_MAX + 1)
    expect(await nextOffset()).toBe(3n)
  })
})
