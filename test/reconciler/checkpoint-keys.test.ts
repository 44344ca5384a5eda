import {
  publishedPolicyOf,
  isPublished,
  partitionOf,
  PARTITIONS,
  SILENT_FEED,
} from '@freshet/protocol'
import { createEdge, type Edge } from '@freshet/edge'
import {
  CHANGES_TOPIC,
  encodeCheckpoint,
  encodeRevocation,
  generateKey,
  publicJwks,
  readCheckpoint,
  readSigningKeySet,
  recordsHash,
  REVOCATIONS_TOPIC,
  type TimedSigningKey,
} from '@freshet/wire'
import {
  MemoryDatabase,
  memoryLog,
  memoryPublisherStore,
  memoryRecorderStore,
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
import {
  ACME_HASH,
  acmeRegistry,
  ALICE,
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

/**
 * Publishers of every partition and an edge on one log: the tests check which checkpoints one signs and the
 * other accepts.
 */

const BASE_AGE_MS = 20_000
const SECOND_MS = 1_000
const registry = acmeRegistry()

let clock: ManualClock
let world: EdgeWorld
let database: MemoryDatabase
let log: ReturnType<typeof memoryLog>
let ended: AbortController
let running: Promise<void>[]
/** The reconciler's key file. */
let keys: readonly TimedSigningKey[]
/** The authority's key file; `undefined`: the same. */
let served: readonly TimedSigningKey[] | undefined
let edge: Edge
let first: TimedSigningKey
let second: TimedSigningKey

beforeEach(async () => {
  clock = new ManualClock(1_795_000_000_000)
  world = await edgeWorld(clock)
  log = memoryLog(() => clock.nowMs())
  for (const topic of [CHANGES_TOPIC, REVOCATIONS_TOPIC]) log.createTopic(topic, PARTITIONS.length)
  database = new MemoryDatabase()
  await memoryRecorderStore(database).ensureProgress(PARTITIONS, 1n)
  ended = new AbortController()
  running = []
  first = await keyOf('c1', { nbf: 1 })
  second = await keyOf('c2', {})
  keys = [first, second]
  served = undefined
  for (const partition of PARTITIONS) {
    const row = database.progress.get(String(partition))
    const active = { activePv: registry.version, activeHash: ACME_HASH, nextOffset: 1_000n }
    if (row) database.progress.set(String(partition), { ...row, ...active })
  }
})

afterEach(async () => {
  const closing = edge.close()
  ended.abort()
  await clock.advance(2_000)
  await Promise.all([closing, ...running])
})

async function keyOf(kid: string, times: object): Promise<TimedSigningKey> {
  const { privateJwk } = await generateKey('EdDSA', kid)
  const [key] = readSigningKeySet({ ...privateJwk, ...times }, 'EdDSA')
  if (key === undefined) throw new Error('a set of one key is empty')
  return key
}

/** Publishers of all partitions, an edge that discovers its keys, and time until it is fresh. */
async function start(weaker: (store: PublisherStore) => PublisherStore = (store) => store) {
  const policy = publishedPolicyOf(registry)
  const parts: PublisherParts = {
    store: weaker(memoryPublisherStore(database, () => policy, clock, BASE_AGE_MS)),
    writer: log,
    reader: log,
    keys: checkpointKeysOf(() => keys, clock),
    incarnation: { verify: () => Promise.reject(new Error('no later incarnation is expected')) },
    timer: clock,
    wakeUp: createWakeUp(clock),
    ticker: createPublishTicker(clock),
    roots: rootTurns(),
    owner: 'a',
    baseAgeMs: BASE_AGE_MS,
    nonce: () => `root-${clock.nowMs()}`,
    onTrouble: () => {},
    onPublished: () => {},
  }
  for (const partition of PARTITIONS) running.push(runPublisher(parts, partition, ended.signal))
  running.push(pollOutbox(parts, ended.signal))
  edge = await createEdge({
    issuer: EDGE_ISSUER,
    audience: EDGE_AUDIENCE,
    revocations: { reader: log },
    timer: clock,
    seed: [1, 2],
    random: () => 0.5,
    fetch,
  })
  await pass(5 * SECOND_MS)
  expect(await verdict()).toBe('fresh')
}

const fetch = (url: string) => {
  const nowMs = clock.nowMs()
  const checkpoints = (served ?? keys).filter((key) => isPublished(key, nowMs))
  const page = url.endsWith('oauth-authorization-server')
    ? { issuer: EDGE_ISSUER, jwks_uri: `${EDGE_ISSUER}/jwks` }
    : publicJwks(url.endsWith('/jwks') ? world.keys.tokens : checkpoints)
  return Promise.resolve({ status: 200, body: one(Buffer.from(JSON.stringify(page))) })
}
async function* one(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}

const verdict = async (): Promise<string> => (await edge.verify(world.token())).verdict.kind

/** Lets time pass while every source sends heartbeats. Resolves with the verdicts of that time. */
async function pass(ms: number): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  for (let passed = 0; passed < ms; passed += 250) {
    for (const partition of PARTITIONS)
      for (const source of ['hr', 'iga', 'security']) {
        const feed = { ...SILENT_FEED, throughMs: clock.nowMs() }
        const row = { tenant: ALICE.tenant, source, partition, feed }
        database.feeds.set(`${source} ${partition}`, row)
      }
    await clock.advance(250)
    if (passed % 500 === 0 && edge !== undefined) seen.add(await verdict())
  }
  return seen
}

const HERS = partitionOf(ALICE)
const signersHere = (): readonly string[] => [
  ...(database.publishers.get(String(HERS))?.signers.keys() ?? []),
]

/** Returns the signers of the roots in her partition, in order. */
async function rootsHere(): Promise<readonly string[]> {
  const records = await log.read(REVOCATIONS_TOPIC, HERS, 0n, 100_000)
  return records.flatMap((record) => {
    const read = readCheckpoint(record)
    return read?.checkpoint.previous === null ? read.kid : []
  })
}

/** A token of an unknown key makes the edge read keys again, 30 s after the last time. */
async function readKeysAgain(): Promise<void> {
  await edge.verify(world.token({ header: { kid: 'token-9' } })).catch(() => undefined)
}

/**
 * Writes the forgery of a thief who has a checkpoint key and can write to the topic: alice lost her groups.
 */
async function forge(key: TimedSigningKey): Promise<void> {
  const lost = encodeRevocation(world.groupsLost(10n ** 15n), { issuer: EDGE_ISSUER })
  const { record } = await encodeCheckpoint(
    {
      e: 1n,
      partition: HERS,
      generation: 9n,
      previous: recordsHash([]),
      count: 1,
      recordsHash: recordsHash([lost]),
    },
    key,
  )
  await log.append(REVOCATIONS_TOPIC, HERS, [lost, record])
}

describe('a new checkpoint key', () => {
  test('published before it signs takes over without a moment of doubt, and without a new root', async () => {
    await start()
    keys = [first, { ...second, signsFromMs: clock.nowMs() + 5 * SECOND_MS }]
    expect(await pass(10 * SECOND_MS)).toEqual(new Set(['fresh']))
    expect(signersHere()).toEqual(['c1', 'c2'])
    expect(await pass(BASE_AGE_MS + 5 * SECOND_MS)).toEqual(new Set(['fresh']))
    expect(signersHere()).toEqual(['c2'])
    keys = [{ ...first, publishedUntilMs: clock.nowMs() }, keys[1] ?? second]
    expect(await pass(5 * SECOND_MS)).toEqual(new Set(['fresh']))
    expect(await rootsHere()).toEqual(['c1'])
  })

  test('a key whose predecessor goes before base has passed it begins a new root by itself', async () => {
    await start()
    keys = [second]
    await pass(2 * SECOND_MS)
    expect(await rootsHere()).toEqual(['c1', 'c2'])
    await pass(30 * SECOND_MS)
    expect(await verdict()).toBe('fresh')
  })
})

describe('a revoked checkpoint key', () => {
  const revoked = () => [{ ...first, revokedMs: clock.nowMs() }, second]

  test('is dropped by edges soon after they see the new root, with everything that it signed', async () => {
    await start()
    await pass(30 * SECOND_MS)
    await forge(first)
    await pass(SECOND_MS)
    expect(await verdict()).toBe('stale')
    keys = revoked()
    await pass(8 * SECOND_MS)
    expect(await rootsHere()).toEqual(['c1', 'c2'])
    expect(await verdict()).toBe('fresh')
    await forge(first)
    expect(await pass(2 * SECOND_MS)).toEqual(new Set(['fresh']))
  })

  test('control: is accepted for as long as the authority serves it', async () => {
    await start()
    served = keys
    keys = revoked()
    await pass(5 * SECOND_MS)
    expect(await rootsHere()).toEqual(['c1', 'c2'])
    await forge(first)
    await pass(SECOND_MS)
    expect(await verdict()).toBe('stale')
  })

  test('control: whose head is continued leaves edges without a path until base has passed it', async () => {
    await start((store) => ({
      ...store,
      snapshot: async (partition) => ({ ...(await store.snapshot(partition)), signers: new Set() }),
    }))
    await pass(30 * SECOND_MS)
    keys = revoked()
    await readKeysAgain()
    await pass(BASE_AGE_MS / 2)
    expect(await rootsHere()).toEqual(['c1'])
    expect(await verdict()).toBe('unverified')
    await pass(BASE_AGE_MS)
    expect(await verdict()).toBe('fresh')
  })

  test('no key left: nothing is published, and edges are unverified after the lease', async () => {
    await start()
    keys = [{ ...first, revokedMs: clock.nowMs() }]
    await pass(10 * SECOND_MS)
    expect(await verdict()).toBe('unverified')
    keys = [...keys, second]
    await pass(10 * SECOND_MS)
    expect(await verdict()).toBe('fresh')
  })
})
