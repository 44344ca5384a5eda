import {
  publishedPolicyOf,
  CONTROL_PARTITION,
  denialKey,
  PARTITIONS,
  WATERMARK_MARGIN_MS,
  type DenialKind,
} from '@freshet/protocol'
import { createEdge } from '@freshet/edge'
import {
  CHANGES_TOPIC,
  decodeRevocation,
  encodeRevocation,
  generateKey,
  importSigningKey,
  publicJwks,
  readCheckpoint,
  REVOCATIONS_TOPIC,
} from '@freshet/wire'
import { memoryLog } from '@freshet/memory'
import { postgresPublisherStore, postgresRecorderStore } from '@freshet/postgres'
import {
  checkpointKeysOf,
  createPublishTicker,
  createWakeUp,
  rootTurns,
  pollOutbox,
  runPublisher,
} from '@freshet/reconciler'
import { systemClock } from '@freshet/runtime'
import {
  ACME_HASH,
  acmeRegistry,
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  originInWorld,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { byteas, columnsOf, int8s, texts } from '../../packages/postgres/src/rows/columns.ts'
import { LIVE_STEP_ROWS } from '../../packages/postgres/src/publisher/select-live.ts'
import { packRecord } from '../../packages/postgres/src/rows/stored-record.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'

/** The number of denials for which an edge has places of one tenant. */
const OLD_DENIALS = 120_000
const ROWS_PER_INSERT = 20_000
/** The edge of the control has fewer places, so that it is quick. */
const FEW = { denials: 300, places: 200 } as const
const OLD_MS = 300 * 86_400_000
const T_MAX_MS = 3_600_000
/** The partition with many watermarks. */
const LARGE = 3
const registry = acmeRegistry()

let fresh: FreshDatabase
let world: EdgeWorld
let log: ReturnType<typeof memoryLog>
let ended: AbortController
let running: Promise<void>[]

beforeEach(async () => {
  fresh = await freshDatabase()
  world = await edgeWorld(new ManualClock(systemClock.nowMs()))
  log = memoryLog(() => systemClock.nowMs())
  for (const topic of [CHANGES_TOPIC, REVOCATIONS_TOPIC]) log.createTopic(topic, PARTITIONS.length)
  ended = new AbortController()
  running = []
  await postgresRecorderStore(fresh.system).ensureProgress(PARTITIONS, 1n)
  await run('UPDATE progress SET active_pv = $1, active_hash = $2, next_offset = 1000', [
    registry.version,
    ACME_HASH,
  ])
  await run(`INSERT INTO feed (tenant, source, partition, complete, beyond, halted)
    SELECT 'acme', source, partition, 0, '{}', false
    FROM unnest('{hr,iga,security}'::text[]) AS source, generate_series(0, 6) AS partition`)
})
afterEach(async () => {
  ended.abort()
  await Promise.all(running)
  await fresh.drop()
})

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

/** Plants old denials of tokens and sessions. They share one record, because no test reads it. */
async function plantOld(count: number): Promise<void> {
  const values = [recordOf(denied('token', 'old', OLD_MS)), systemClock.nowMs() - OLD_MS]
  for (let from = 0; from < count; from += ROWS_PER_INSERT)
    await run(
      `INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms, record, recorded_at_ms)
       SELECT 'old-' || n, 'acme', CASE WHEN n % 10 = 0 THEN 'session' ELSE 'token' END, 'old-' || n,
         'security', 'd1', 0, $3, $4
       FROM generate_series($1::int, $2::int) AS n`,
      [from, from + ROWS_PER_INSERT - 1, ...values],
    )
}

interface Denied {
  readonly kind: DenialKind
  readonly target: string
  readonly recordedAtMs: number
}

function denied(kind: DenialKind, target: string, ageMs: number): Denied {
  return { kind, target, recordedAtMs: systemClock.nowMs() - ageMs }
}

function recordOf({ kind: denial, target, recordedAtMs }: Denied): Buffer {
  const origin = originInWorld('d1', CONTROL_PARTITION, 1n, recordedAtMs)
  return packRecord(
    encodeRevocation({ ...origin, scope: 'denial', denial, target }, { issuer: EDGE_ISSUER }),
  )
}

async function plant(rows: readonly Denied[]): Promise<void> {
  await run(
    `INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms, record, recorded_at_ms)
     SELECT key, 'acme', kind, target, 'security', 'd1', 0, record, at_ms
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bigint[])
       AS row (key, kind, target, record, at_ms)`,
    columnsOf(rows, [
      texts(({ kind, target }) => denialKey({ tenant: 'acme', kind, id: target })),
      texts(({ kind }) => kind),
      texts(({ target }) => target),
      byteas(recordOf),
      int8s(({ recordedAtMs }) => recordedAtMs),
    ]),
  )
}

/** Runs publishers of all partitions. That of the control partition finds another head than it stored. */
async function publish(tokenLifeMaxMs: number): Promise<readonly object[]> {
  const { privateJwk } = await generateKey('EdDSA', 'c1')
  const keys = [importSigningKey(privateJwk)]
  const baseAgeMs = tokenLifeMaxMs + WATERMARK_MARGIN_MS
  const policy = publishedPolicyOf(registry)
  await run(`INSERT INTO publisher (partition, head_hash, head_offset, head_at)
    VALUES (0, 'lost', 7, clock_timestamp())`)
  const parts = {
    store: postgresPublisherStore(fresh.system, () => policy, baseAgeMs),
    writer: log,
    reader: log,
    keys: checkpointKeysOf(() => keys, systemClock),
    incarnation: { verify: () => Promise.reject(new Error('no later incarnation is expected')) },
    timer: systemClock,
    wakeUp: createWakeUp(systemClock),
    ticker: createPublishTicker(systemClock),
    roots: rootTurns(),
    owner: 'a',
    baseAgeMs,
    nonce: () => `root-${systemClock.nowMs()}`,
    onTrouble: () => {},
    onPublished: () => {},
  }
  for (const partition of PARTITIONS) running.push(runPublisher(parts, partition, ended.signal))
  running.push(pollOutbox(parts, ended.signal))
  return publicJwks(keys).keys
}

/**
 * Returns a new edge's verdicts on two tokens, one with this id and another one, and whether it was ever
 * live.
 */
async function verdictsOf(checkpointKeys: readonly object[], jti: string, places?: number) {
  const edge = await createEdge({
    issuer: EDGE_ISSUER,
    audience: EDGE_AUDIENCE,
    revocations: { reader: log },
    ...(places !== undefined && { limits: { denials: places } }),
    timer: systemClock,
    seed: [1, 2],
    fetch: (url) => Promise.resolve({ status: 200, body: pageOf(url, checkpointKeys) }),
  })
  ended.signal.addEventListener('abort', () => running.push(edge.close()))
  let isLive = false
  edge.ready().then(
    () => (isLive = true),
    () => undefined,
  )
  return async () => {
    const nowMs = systemClock.nowMs()
    world.clock.jumpWall(nowMs - world.clock.nowMs())
    await run('UPDATE feed SET through_ms = $1', [nowMs])
    const tokens = [world.token({ claims: { jti } }), world.token()]
    const verdicts = await Promise.all(tokens.map((token) => edge.verify(token)))
    return [isLive ? 'live' : 'not live', ...verdicts.map(({ verdict }) => verdict.kind)]
  }
}

async function* pageOf(url: string, checkpointKeys: readonly object[]): AsyncGenerator<Uint8Array> {
  const page = url.endsWith('oauth-authorization-server')
    ? { issuer: EDGE_ISSUER, jwks_uri: `${EDGE_ISSUER}/jwks` }
    : url.endsWith('/jwks')
      ? publicJwks(world.keys.tokens)
      : { keys: checkpointKeys }
  yield Buffer.from(JSON.stringify(page))
}

/** Returns the targets of the first published denials. */
async function published(): Promise<readonly string[]> {
  const records = await log.read(REVOCATIONS_TOPIC, CONTROL_PARTITION, 0n, 10_000)
  return records.flatMap((record) => {
    const revocation = readCheckpoint(record) ? undefined : decodeRevocation(record)
    return revocation?.scope === 'denial' ? [revocation.target] : []
  })
}

/** The denials that a new root must have. */
const LIVING = ['j-new', 'k-old']
const plantLiving = (): Promise<void> =>
  plant([denied('key', 'k-old', OLD_MS), denied('token', 'j-new', T_MAX_MS)])

test('a new root carries no denial that judges no living token, and edges are live soon (rule 49)', async () => {
  await plantOld(OLD_DENIALS)
  await plantLiving()
  const verdicts = await verdictsOf(await publish(T_MAX_MS), 'j-new')
  await expect.poll(verdicts).toEqual(['live', 'stale', 'fresh'])
  expect((await published()).toSorted()).toEqual(LIVING)
})

test('control: a root with all of them takes the tenant out at an edge that has no room for them', async () => {
  await plantLiving()
  const old = Array.from({ length: FEW.denials }, (_, n) => denied('token', `old-${n}`, OLD_MS))
  await plant(old)
  const verdicts = await verdictsOf(await publish(2 * OLD_MS), 'j-new', FEW.places)
  await expect.poll(verdicts).toEqual(['live', 'unverified', 'unverified'])
  expect(await published()).toHaveLength(FEW.denials + LIVING.length)
})

test('a root of more rows than a step holds is one chain of batches, and is stored (rule 49)', async () => {
  const rows = 2 * LIVE_STEP_ROWS + 1
  await run(
    `INSERT INTO watermark (scope_key, tenant, partition, e, position, source, change, time_ms,
       raised_at_ms, record)
     SELECT 'w-' || n, 'acme', $1, 1, 1, 'hr', 'c1', 0, 0, $3 FROM generate_series(1, $2::int) AS n`,
    [LARGE, rows, recordOf(denied('token', 'old', 0))],
  )
  await publish(T_MAX_MS)
  const headOf = async (): Promise<bigint | null> => {
    const { rows: found } = await fresh.db.query<{ head_offset: bigint | null }>(
      { name: '', text: 'SELECT head_offset FROM publisher WHERE partition = $1' },
      [LARGE],
    )
    return found[0]?.head_offset ?? null
  }
  await expect.poll(headOf, { timeout: 20_000 }).not.toBeNull()
  const records = await log.read(REVOCATIONS_TOPIC, LARGE, 0n, 10_000)
  expect(records.filter((record) => !readCheckpoint(record))).toHaveLength(rows)
  const [root, ...behind] = records.flatMap((record) => readCheckpoint(record) ?? [])
  expect(root?.checkpoint).toMatchObject({ previous: null, count: 0 })
  const links = [root, ...behind].map((each) => each?.hash)
  expect(behind.map(({ checkpoint }) => checkpoint.previous)).toEqual(links.slice(0, -1))
})
