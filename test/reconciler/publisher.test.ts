import { claimMapOf, FreshetError } from '@freshet/domain'
import {
  decodeRevocation,
  encodeRevocation,
  generateKey,
  importSigningKey,
  readCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogRecord,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
} from '@freshet/events'
import {
  encodeRecord,
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
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const HERE = 2
const registry = acmeRegistry()

let clock: ManualClock
let log: MemoryLog
let database: MemoryDatabase
let key: SigningKey
let ended: AbortController
let running: Promise<void>[]
let storeFails = false
/** When each head was to be stored. */
let storedAtMs: number[]
/** How many rows one snapshot takes. */
let rowsMax: number
let beforeAnew: () => void

beforeEach(async () => {
  clock = new ManualClock(1_795_000_000_000)
  log = memoryLog(() => clock.nowMs())
  log.createTopic(REVOCATIONS_TOPIC, 7)
  database = new MemoryDatabase()
  await memoryRecorderStore(database).ensureProgress([0, 1, HERE], 1n)
  key = importSigningKey((await generateKey('EdDSA', 'checkpoints')).privateJwk)
  ended = new AbortController()
  running = []
  storedAtMs = []
  rowsMax = Infinity
  beforeAnew = () => undefined
})

afterEach(async () => {
  ended.abort()
  await Promise.all(running)
})

/** A publisher of the partition; `writer` may be one that misbehaves. */
function start(owner: string, writer: LogWriter = log, signal = ended.signal): void {
  const map = claimMapOf(registry)
  const parts: PublisherParts = {
    store: sometimesFailing(memoryPublisherStore(database, () => map, clock)),
    writer,
    reader: log,
    keys: checkpointKeysOf(() => [key], clock),
    incarnation: { verify: () => Promise.reject(new Error('no later incarnation is expected')) },
    timer: clock,
    wakeUp: createWakeUp(clock),
    beat: createBeat(clock),
    owner,
    baseAgeMs: 60_000,
    nonce: () => `${owner}-${clock.nowMs()}`,
    onTrouble: () => {},
    onPublished: () => {},
  }
  running.push(runPublisher(parts, HERE, signal))
}

function sometimesFailing(store: PublisherStore): PublisherStore {
  return {
    ...store,
    async snapshot(partition) {
      const { rows, ...snapshot } = await store.snapshot(partition)
      const isDrained = snapshot.isDrained && rows.length <= rowsMax
      return { ...snapshot, rows: rows.slice(0, rowsMax), isDrained }
    },
    liveSnapshot(partition) {
      beforeAnew()
      return store.liveSnapshot(partition)
    },
    store(head) {
      storedAtMs.push(clock.monotonicMs())
      return storeFails
        ? Promise.reject(new FreshetError('database.unavailable', 'The head was not stored.'))
        : store.store(head)
    },
  }
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) await clock.advance(50)
}

function revocation(id: string): OutgoingRecord {
  return encodeRevocation(
    {
      id,
      scope: 'subject',
      change: id,
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
}

/** What the recorder leaves behind: an outbox row, and the watermark with its record. */
function recorded(id: string): void {
  const record = revocation(id)
  const row = { ...record, id: database.nextId(), topic: REVOCATIONS_TOPIC, partition: HERE }
  database.outbox.set(String(row.id), { ...row, change: null })
  database.watermarks.set(id, {
    scopeKey: id,
    tenant: 'acme',
    partition: HERE,
    e: 1n,
    position: 5n,
    source: 'hr',
    change: id,
    timeMs: 0,
    raisedAtMs: 0,
    record: encodeRecord(record),
  })
}

const published = (): Promise<readonly LogRecord[]> => log.read(REVOCATIONS_TOPIC, HERE, 0n, 10_000)

const changesIn = (records: readonly LogRecord[]): readonly string[] =>
  records.flatMap((record) => {
    const decoded = readCheckpoint(record) ? undefined : decodeRevocation(record)
    return decoded && decoded.scope !== 'map' ? [decoded.change] : []
  })

/** The checkpoints in order, each checked against the records directly before it. */
function checkpointsOf(records: readonly LogRecord[]) {
  return records.flatMap((record, at) => {
    const read = readCheckpoint(record)
    if (!read) return []
    const covered = records.slice(at - read.checkpoint.count, at)
    expect(recordsHash(covered)).toBe(read.checkpoint.recordsHash)
    return [{ ...read, offset: record.offset }]
  })
}

/** Walks back from the last checkpoint to a root: the path that edges look for. */
function pathOf(records: readonly LogRecord[]): readonly string[] {
  const all = checkpointsOf(records)
  const byHash = new Map(all.map((each) => [each.hash, each]))
  const path: string[] = []
  let at = all.at(-1)
  while (at) {
    path.push(at.hash)
    const { previous } = at.checkpoint
    at = previous === null ? undefined : byHash.get(previous)
  }
  return path
}

describe('a publisher', () => {
  test('begins with an empty root and then a heartbeat that is linked to it (rule 49)', async () => {
    start('a')
    await pass(200)
    const [root, first] = checkpointsOf(await published())
    expect(root?.checkpoint).toMatchObject({ previous: null, count: 0 })
    expect(first?.checkpoint.previous).toBe(root?.hash)
    expect(first?.checkpoint.heartbeat?.base.hash).toBe(root?.hash)
  })

  test('sends a heartbeat each second when there is nothing else to send', async () => {
    start('a')
    await pass(5_500)
    const heartbeats = checkpointsOf(await published()).filter((each) => each.checkpoint.heartbeat)
    expect(heartbeats.length).toBeGreaterThanOrEqual(5)
    expect(heartbeats.length).toBeLessThanOrEqual(7)
  })

  test('a row goes out under a checkpoint and leaves the outbox with it', async () => {
    start('a')
    await pass(500)
    recorded('c1')
    await pass(500)
    expect(changesIn(await published())).toEqual(['c1'])
    expect(database.outbox.values()).toEqual([])
    expect(database.publishers.get(String(HERE))?.head?.hash).toBe(
      checkpointsOf(await published()).at(-1)?.hash,
    )
  })

  test('what was sent and not stored is sent again, linked to the stored head (rule 43)', async () => {
    start('a')
    await pass(500)
    const head = database.publishers.get(String(HERE))?.head?.hash
    recorded('c1')
    storeFails = true
    await pass(200)
    storeFails = false
    await pass(3_000)
    const records = await published()
    expect(changesIn(records).length).toBeGreaterThan(1)
    expect(pathOf(records)).toContain(head)
    expect(database.outbox.values()).toEqual([])
  })

  test('an unknown outcome of the send is sent again, and edges find one path (rule 46)', async () => {
    const writer = losingAnswers(log)
    start('a', writer)
    await pass(1_000)
    writer.loseNext = 2
    recorded('c1')
    await pass(6_000)
    const records = await published()
    expect(changesIn(records).filter((change) => change === 'c1').length).toBeGreaterThan(1)
    expect(pathOf(records).at(-1)).toBe(checkpointsOf(records)[0]?.hash)
  })

  test('a head that was lost is not continued: everything live is published anew (rule 30)', async () => {
    const first = new AbortController()
    start('a', log, first.signal)
    recorded('c1')
    await pass(1_000)
    first.abort()
    await pass(100)
    log.recreate(REVOCATIONS_TOPIC)
    start('b')
    await pass(1_000)
    const records = await published()
    expect(checkpointsOf(records)[0]?.checkpoint.previous).toBeNull()
    expect(changesIn(records)).toEqual(['c1'])
  })

  test('what one publication does not take goes out with the next beat', async () => {
    start('a')
    await pass(1_000)
    rowsMax = 1
    for (const id of ['c1', 'c2', 'c3', 'c4']) recorded(id)
    // A sweep finds the first; each of the others would wait for one more of those.
    await pass(400)
    expect(changesIn(await published())).toEqual(['c1', 'c2', 'c3', 'c4'])
  })

  test('tries again at longer and longer distances, and soon again after a success', async () => {
    start('a')
    storeFails = true
    await pass(10_000)
    const { length } = storedAtMs
    await pass(10_000)
    expect(storedAtMs.length - length).toBe(5)
    storeFails = false
    await pass(3_000)
    storeFails = true
    const again = storedAtMs.length
    recorded('c1')
    await pass(1_000)
    expect(storedAtMs.length - again).toBeGreaterThan(3)
    storeFails = false
  })

  test('one whose partition is taken while it begins anew sends nothing (rule 29)', async () => {
    beforeAnew = () => {
      const row = database.publishers.get(String(HERE)) ?? expect.unreachable()
      const taken = { generation: row.generation + 1n, owner: 'b', renewedAtMs: clock.nowMs() }
      database.publishers.set(String(HERE), { ...row, ...taken })
    }
    start('a')
    await pass(1_000)
    expect(await published()).toEqual([])
  })

  test('one that lost its partition sends no more and stores nothing (rule 29)', async () => {
    start('a')
    await pass(1_000)
    const row = database.publishers.get(String(HERE))
    if (row) {
      const taken = { generation: row.generation + 1n, owner: 'b', renewedAtMs: clock.nowMs() }
      database.publishers.set(String(HERE), { ...row, ...taken })
    }
    await pass(1_500)
    const before = (await published()).length
    await pass(1_000)
    expect((await published()).length).toBe(before)
  })
})

function losingAnswers(to: LogWriter): LogWriter & { loseNext: number } {
  return {
    loseNext: 0,
    async append(topic, partition, records) {
      const appended = await to.append(topic, partition, records)
      if (this.loseNext === 0) return appended
      this.loseNext -= 1
      throw new FreshetError('broker.unavailable', 'The answer to an append was lost.')
    },
  }
}

test('a clock stepped back stops no heartbeat of the publisher', async () => {
  start('a')
  await pass(3_000)
  clock.jumpWall(-3_600_000)
  const before = (await published()).length
  await pass(5_000)
  expect((await published()).length).toBeGreaterThanOrEqual(before + 4)
})
