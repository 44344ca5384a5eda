import {
  CHANGES_TOPIC,
  encodeCheckpoint,
  generateKey,
  importJwks,
  importSigningKey,
  publicJwks,
  recordsHash,
  REVOCATIONS_TOPIC,
  type OutgoingRecord,
  type SigningKey,
} from '@freshet/wire'
import {
  MemoryDatabase,
  memoryIncarnationStore,
  memoryLog,
  memoryRecorderStore,
  type MemoryLog,
} from '@freshet/memory'
import { nextIncarnation, verifyIncarnation, type IncarnationParts } from '@freshet/reconciler'
import { NO_STATEMENTS } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const PARTITIONS = [0, 1, 2]
const HERE = 1
/** The clock's start, in seconds: every raised incarnation is at least that. */
const NOW_MS = 1_795_000_000_000

let log: MemoryLog
let database: MemoryDatabase
let key: SigningKey
let raised: string[]
let parts: IncarnationParts

beforeEach(async () => {
  const clock = new ManualClock(NOW_MS)
  log = memoryLog(() => clock.nowMs())
  log.createTopic(CHANGES_TOPIC, PARTITIONS.length)
  log.createTopic(REVOCATIONS_TOPIC, PARTITIONS.length)
  database = new MemoryDatabase()
  await memoryRecorderStore(database).ensureProgress(PARTITIONS, 1n)
  key = importSigningKey((await generateKey('EdDSA', 'checkpoints')).privateJwk)
  raised = []
  parts = {
    store: memoryIncarnationStore(database),
    reader: log,
    clock,
    checkpointKeys: () => importJwks(publicJwks([key])),
    onRaised: (_partition, why) => raised.push(why),
  }
})

function change(text: string): OutgoingRecord {
  return { key: null, value: new TextEncoder().encode(text), headers: {} }
}

/** Appends changes and makes the database remember that it has applied them. */
async function applied(...texts: readonly string[]): Promise<void> {
  await log.append(CHANGES_TOPIC, HERE, texts.map(change))
  remember(BigInt(texts.length), recordsHash([change(texts.at(-1) ?? '')]))
}

function remember(nextOffset: bigint, lastHash: string | null): void {
  const row = database.progress.get(String(HERE))
  if (row) database.progress.set(String(HERE), { ...row, nextOffset, lastHash })
}

/** Writes a heartbeat on the revocation topic that names a place in the change topic. */
async function heartbeat(e: bigint, offset: bigint, lastRecordHash: string | null): Promise<void> {
  const { record } = await encodeCheckpoint(
    {
      e,
      partition: HERE,
      generation: 1n,
      previous: null,
      nonce: 'n',
      count: 0,
      recordsHash: recordsHash([]),
      heartbeat: {
        through: new Map(),
        minimumPv: 0,
        mapVersion: 0,
        mapHash: '',
        next: { offset, lastRecordHash },
        base: { hash: recordsHash([]), offset: 0n },
      },
    },
    key,
  )
  await log.append(REVOCATIONS_TOPIC, HERE, [record])
}

const allRows = () => database.progress.values().map(({ e, nextOffset }) => ({ e, nextOffset }))

describe('the remembered record is compared with database and last checkpoint (rule 28)', () => {
  test('the topic that the database remembers goes on where it stopped', async () => {
    await applied('a', 'b')
    await heartbeat(1n, 2n, recordsHash([change('b')]))
    expect(await verifyIncarnation(parts, HERE)).toMatchObject({ e: 1n, nextOffset: 2n })
    expect(raised).toEqual([])
  })

  test('a lost tail raises the incarnation: the record before the position is unreadable', async () => {
    await applied('a', 'b')
    log.truncate(CHANGES_TOPIC, HERE, 1n)
    expect((await verifyIncarnation(parts, HERE)).nextOffset).toBe(0n)
    expect(raised).toHaveLength(1)
  })

  test('a topic that is created again with as many records raises it: the record is another one', async () => {
    await applied('a', 'b')
    log.recreate(CHANGES_TOPIC)
    await log.append(CHANGES_TOPIC, HERE, [change('x'), change('y')])
    expect((await verifyIncarnation(parts, HERE)).e).toBeGreaterThan(1n)
  })

  test('a lost tail is seen by the checkpoint although a restore made the database forget it', async () => {
    await applied('a', 'b', 'c')
    await heartbeat(1n, 3n, recordsHash([change('c')]))
    log.truncate(CHANGES_TOPIC, HERE, 1n)
    remember(1n, recordsHash([change('a')]))
    expect((await verifyIncarnation(parts, HERE)).e).toBeGreaterThan(1n)
  })

  test('control: compared with the database alone, that loss goes unseen', async () => {
    await applied('a', 'b', 'c')
    log.truncate(CHANGES_TOPIC, HERE, 1n)
    remember(1n, recordsHash([change('a')]))
    expect((await verifyIncarnation(parts, HERE)).e).toBe(1n)
  })

  test('a heartbeat of the restored database hides no later position that was named before', async () => {
    await applied('a', 'b', 'c')
    await heartbeat(1n, 3n, recordsHash([change('c')]))
    log.truncate(CHANGES_TOPIC, HERE, 1n)
    remember(1n, recordsHash([change('a')]))
    await heartbeat(1n, 1n, recordsHash([change('a')]))
    expect((await verifyIncarnation(parts, HERE)).e).toBeGreaterThan(1n)
  })

  test('a later position that a stranger signed is no reason', async () => {
    await applied('a', 'b', 'c')
    const own = key
    key = importSigningKey((await generateKey('EdDSA', 'stranger')).privateJwk)
    await heartbeat(1n, 9n, 'other')
    key = own
    await heartbeat(1n, 3n, recordsHash([change('c')]))
    expect((await verifyIncarnation(parts, HERE)).e).toBe(1n)
  })

  test('a checkpoint of a later incarnation raises it: a restore forgot the raise', async () => {
    await applied('a')
    await heartbeat(1_900_000_000n, 1n, recordsHash([change('a')]))
    expect((await verifyIncarnation(parts, HERE)).e).toBe(1_900_000_001n)
  })

  test('a checkpoint that another key signed names nothing', async () => {
    await applied('a')
    const own = key
    key = importSigningKey((await generateKey('EdDSA', 'stranger')).privateJwk)
    await heartbeat(1_900_000_000n, 9n, 'other')
    key = own
    expect((await verifyIncarnation(parts, HERE)).e).toBe(1n)
  })

  test('a restored database replays: an older position that still stands raises nothing', async () => {
    await applied('a', 'b', 'c')
    await heartbeat(1n, 3n, recordsHash([change('c')]))
    remember(1n, recordsHash([change('a')]))
    expect(await verifyIncarnation(parts, HERE)).toMatchObject({ e: 1n, nextOffset: 1n })
  })
})

describe('raising (rule 27)', () => {
  test('every progress row gets the same incarnation and starts from its earliest record', async () => {
    await applied('a', 'b')
    await log.append(CHANGES_TOPIC, 2, [change('p'), change('q')])
    log.dropBefore(CHANGES_TOPIC, 2, 1n)
    log.truncate(CHANGES_TOPIC, HERE, 1n)
    await verifyIncarnation(parts, HERE)
    const e = BigInt(NOW_MS / 1000)
    expect(allRows()).toEqual([
      { e, nextOffset: 0n },
      { e, nextOffset: 0n },
      { e, nextOffset: 1n },
    ])
  })

  test('`through` of the old incarnation proves nothing (rule 18)', async () => {
    await applied('a')
    const feed = { complete: 5n, beyond: [], throughMs: 1000, halted: false }
    const row = { tenant: 'acme', source: 'hr', partition: HERE, feed }
    database.feeds.set(JSON.stringify(['acme', 'hr', HERE]), row)
    log.truncate(CHANGES_TOPIC, HERE, 0n)
    await verifyIncarnation(parts, HERE)
    expect(database.feeds.values()[0]?.feed).toEqual({ ...feed, throughMs: null })
  })

  describe('the feed of a partition that lost records at its begin', () => {
    const feed = { complete: 5n, beyond: [], throughMs: 1000, halted: false }
    const version = { epoch: 0n, n: 7n }
    const statements = { ...NO_STATEMENTS, open: version, newest: version }
    beforeEach(async () => {
      await applied('a', 'b', 'c')
      const row = { tenant: 'acme', source: 'hr', partition: HERE, feed, statements }
      database.feeds.set(JSON.stringify(['acme', 'hr', HERE]), row)
    })
    const found = () => database.feeds.values()[0]

    test('it is halted, and its open snapshot is void, if a restored database never read them', async () => {
      remember(1n, recordsHash([change('a')]))
      log.dropBefore(CHANGES_TOPIC, HERE, 2n)
      await verifyIncarnation(parts, HERE)
      expect(found()?.feed).toEqual({ ...feed, throughMs: null, halted: true })
      expect(found()?.statements).toEqual({ ...statements, open: null })
    })

    test('control: it is not halted if all of them were read', async () => {
      log.dropBefore(CHANGES_TOPIC, HERE, 3n)
      await verifyIncarnation(parts, HERE)
      expect(raised).toHaveLength(1)
      expect(found()).toMatchObject({ feed: { ...feed, throughMs: null }, statements })
    })
  })

  test('the second process finds it raised and raises nothing', async () => {
    await applied('a')
    log.truncate(CHANGES_TOPIC, HERE, 0n)
    const first = await verifyIncarnation(parts, HERE)
    await parts.store.raise({ from: 1n, to: 99_999_999_999n, earliest: new Map() })
    expect((await parts.store.remembered(HERE)).e).toBe(first.e)
  })

  test('the next incarnation is later than every one that anybody remembers', () => {
    expect(nextIncarnation(1n, 0n, 5_000)).toBe(5n)
    expect(nextIncarnation(7n, 0n, 5_000)).toBe(8n)
    expect(nextIncarnation(1n, 12n, 5_000)).toBe(13n)
  })

  test('control of rule 27: `e + 1` alone repeats an incarnation after a restore', () => {
    const naive = (e: bigint) => e + 1n
    const [first, afterRestore] = [naive(1n), naive(1n)]
    expect(first).toBe(afterRestore)
    expect(nextIncarnation(1n, 0n, 5_000)).not.toBe(nextIncarnation(1n, 0n, 9_000))
  })
})
