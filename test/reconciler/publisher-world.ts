import { publishedPolicyOf } from '@freshet/protocol'
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
} from '@freshet/wire'
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
  createPublishTicker,
  createWakeUp,
  rootTurns,
  pollOutbox,
  runPublisher,
  type PublisherParts,
  type PublisherStore,
} from '@freshet/reconciler'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { expect } from 'vitest'

/** The partition that is published. */
export const HERE = 2

const BASE_AGE_MS = 60_000

/** The unusual parts of a publisher. */
export interface Unusual {
  readonly writer?: LogWriter
  readonly signal?: AbortSignal
  readonly store?: PublisherStore
  readonly verify?: PublisherParts['incarnation']['verify']
  readonly wakeUp?: PublisherParts['wakeUp']
}

/** A partition on memory, with the recorder's rows and the publishers' results. */
export interface PublisherWorld {
  readonly clock: ManualClock
  readonly log: MemoryLog
  readonly database: MemoryDatabase
  readonly store: PublisherStore
  readonly key: ReturnType<typeof importSigningKey>
  /** Runs a publisher until the world is closed, or its own signal aborts. */
  start(owner: string, unusual?: Unusual): void
  pass(ms: number): Promise<void>
  /** Plants the recorder's results: an outbox row, and the watermark with its record. */
  recorded(id: string): void
  published(): Promise<readonly LogRecord[]>
  close(): Promise<void>
}

/** Returns a new world, at its first incarnation. */
export async function publisherWorld(): Promise<PublisherWorld> {
  const clock = new ManualClock(1_795_000_000_000)
  const log = memoryLog(() => clock.nowMs())
  log.createTopic(REVOCATIONS_TOPIC, 7)
  const database = new MemoryDatabase()
  await memoryRecorderStore(database).ensureProgress([0, 1, HERE], 1n)
  const policy = publishedPolicyOf(acmeRegistry())
  const store = memoryPublisherStore(database, () => policy, clock, BASE_AGE_MS)
  const key = importSigningKey((await generateKey('EdDSA', 'checkpoints')).privateJwk)
  const ended = new AbortController()
  const running: Promise<void>[] = []
  const usual = {
    reader: log,
    keys: checkpointKeysOf(() => [key], clock),
    timer: clock,
    baseAgeMs: BASE_AGE_MS,
    onTrouble: () => {},
    onPublished: () => {},
  }
  return {
    clock,
    log,
    database,
    store,
    key,
    start(owner, { writer = log, signal = ended.signal, verify = unexpected, ...more } = {}) {
      const own = { owner, nonce: () => `${owner}-${clock.nowMs()}`, incarnation: { verify } }
      const waits = {
        wakeUp: createWakeUp(clock),
        ticker: createPublishTicker(clock),
        roots: rootTurns(),
      }
      const parts = { store, writer, ...usual, ...own, ...waits, ...more }
      running.push(runPublisher(parts, HERE, signal), pollOutbox(parts, signal))
    },
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += 50) await clock.advance(50)
    },
    recorded: (id) => leave(database, id),
    published: () => log.read(REVOCATIONS_TOPIC, HERE, 0n, 10_000),
    async close() {
      ended.abort()
      await Promise.all(running)
    },
  }
}

function unexpected(): Promise<never> {
  return Promise.reject(new Error('no later incarnation is expected'))
}

function leave(database: MemoryDatabase, id: string): void {
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

/** Returns the ids of the changes in records. */
export function changesIn(records: readonly LogRecord[]): readonly string[] {
  return records.flatMap((record) => {
    const decoded = readCheckpoint(record) ? undefined : decodeRevocation(record)
    return decoded && decoded.scope !== 'map' ? [decoded.change] : []
  })
}

type Read = NonNullable<ReturnType<typeof readCheckpoint>> & { readonly offset: bigint }

/** Returns the checkpoints in order, each checked against the records directly before it. */
export function checkpointsOf(records: readonly LogRecord[]): readonly Read[] {
  return records.flatMap((record, at) => {
    const read = readCheckpoint(record)
    if (!read) return []
    const covered = records.slice(at - read.checkpoint.count, at)
    expect(recordsHash(covered)).toBe(read.checkpoint.recordsHash)
    return [{ ...read, offset: record.offset }]
  })
}

/** Walks back from the last checkpoint to a root: the path that edges search. */
export function pathOf(records: readonly LogRecord[]): readonly string[] {
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
