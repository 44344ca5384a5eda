import { claimMapOf, OWNERSHIP_MS } from '@freshet/domain'
import {
  encodeCheckpoint,
  encodeRevocation,
  generateKey,
  importSigningKey,
  readCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogWriter,
  type SigningKey,
} from '@freshet/events'
import {
  MemoryDatabase,
  memoryLog,
  memoryPublisherStore,
  memoryRecorderStore,
  type MemoryLog,
} from '@freshet/memory'
import {
  checkpointKeysOf,
  createBeat,
  createWakeUp,
  runPublisher,
  type PublisherParts,
  type PublisherStore,
} from '@freshet/reconciler'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'

const HERE = 2
const ROWS = 1_200

let clock: ManualClock
let log: MemoryLog
let database: MemoryDatabase
let store: PublisherStore
let key: SigningKey
let ended: AbortController
let running: Promise<void>
const verified: number[] = []

beforeEach(async () => {
  clock = new ManualClock(1_795_000_000_000)
  log = memoryLog(() => clock.nowMs())
  log.createTopic(REVOCATIONS_TOPIC, 7)
  database = new MemoryDatabase()
  await memoryRecorderStore(database).ensureProgress([0, 1, HERE], 1n)
  const map = claimMapOf(acmeRegistry())
  store = memoryPublisherStore(database, () => map, clock)
  key = importSigningKey((await generateKey('EdDSA', 'checkpoints')).privateJwk)
  ended = new AbortController()
  verified.length = 0
})

afterEach(async () => {
  ended.abort()
  await running
})

function start(writer: LogWriter): void {
  const parts: PublisherParts = {
    store,
    writer,
    reader: log,
    keys: checkpointKeysOf(() => [key], clock),
    incarnation: { verify: raiseTo(2n) },
    timer: clock,
    wakeUp: createWakeUp(clock),
    beat: createBeat(clock),
    owner: 'a',
    baseAgeMs: 60_000,
    nonce: () => `a-${clock.nowMs()}`,
    onTrouble: () => {},
    onPublished: () => {},
  }
  running = runPublisher(parts, HERE, ended.signal)
}

/** What verifying finds: somebody raised the incarnation. */
function raiseTo(e: bigint): PublisherParts['incarnation']['verify'] {
  return (partition) => {
    verified.push(partition)
    const row = database.progress.get(String(partition)) ?? expect.unreachable()
    database.progress.set(String(partition), { ...row, e })
    return Promise.resolve({ e, nextOffset: row.nextOffset })
  }
}

function leave(rows: number): void {
  for (let n = 0; n < rows; n++) {
    const record = encodeRevocation(
      {
        id: `c${n}`,
        scope: 'subject',
        change: `c${n}`,
        tenant: 'acme',
        e: 1n,
        partition: HERE,
        occurredAtMs: 1000,
        issuedAtMs: 2000,
        subject: { tenant: 'acme', iss: 'https://idp.acme.example', sub: 'alice' },
        claims: new Map([['groups', { offset: 5n, values: null }]]),
      },
      { issuer: 'https://tokens.example' },
    )
    const row = { ...record, id: database.nextId(), topic: REVOCATIONS_TOPIC, partition: HERE }
    database.outbox.set(String(row.id), { ...row, change: null })
  }
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) await clock.advance(50)
}

test('nobody takes a partition whose owner needs long for a publication (rule 49)', async () => {
  const taken: (bigint | undefined)[] = []
  const slow: LogWriter = {
    async append(topic, partition, records) {
      const appended = await log.append(topic, partition, records)
      const isLong = records.length > 2
      if (isLong) await clock.sleep(OWNERSHIP_MS * 0.6)
      if (isLong) taken.push(await store.take(HERE, 'b'))
      return appended
    },
  }
  start(slow)
  await pass(500)
  leave(ROWS)
  await pass(20_000)
  expect(taken.length).toBeGreaterThan(2)
  expect(new Set(taken)).toEqual(new Set([undefined]))
  expect(database.outbox.values()).toEqual([])
})

test('a later incarnation that somebody signed beside a batch is heeded before it is stored (rule 28)', async () => {
  let isNext = false
  const beside: LogWriter = {
    async append(topic, partition, records) {
      if (isNext) await log.append(topic, partition, [await checkpointOfLater()])
      isNext = false
      return log.append(topic, partition, records)
    },
  }
  start(beside)
  await pass(500)
  expect(verified).toEqual([])
  isNext = true
  leave(1)
  await pass(3_000)
  expect(verified).toEqual([HERE])
  expect(database.outbox.values()).toEqual([])
  const records = await log.read(REVOCATIONS_TOPIC, HERE, 0n, 1_000)
  const { hash } = database.publishers.get(String(HERE))?.head ?? expect.unreachable()
  const head = records.map(readCheckpoint).find((read) => read?.hash === hash)
  expect(head?.checkpoint.e).toBe(2n)
})

async function checkpointOfLater() {
  const bare = { e: 2n, partition: HERE, generation: 9n, previous: null, nonce: 'late', count: 0 }
  return (await encodeCheckpoint({ ...bare, recordsHash: recordsHash([]) }, key)).record
}
