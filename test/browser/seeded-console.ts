import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSlos } from '@freshet/insight/slo'
import { decodeAuditEntry, type SigningKey } from '@freshet/wire'
import { sealOnce } from '@freshet/audit'
import { FreshetError, PARTITIONS } from '@freshet/protocol'
import { MemoryDatabase, memoryAuditLog, memoryQuarantineStore } from '@freshet/memory'
import {
  postgresAuditLog,
  postgresMintStore,
  postgresObservatoryStore,
  postgresSealStore,
  postgresSliStore,
  postgresTokenPartitions,
  postgresVersionStore,
} from '@freshet/postgres'
import {
  createObservatory,
  HealthWatch,
  SkewWatch,
  stateReader,
  type ObservatoryStore,
} from '@freshet/insight'
import { adminTokenHash, createLogger, randomId, serveHttp, systemClock } from '@freshet/runtime'
import {
  acmeRegistry,
  ALICE,
  EDGE_ISSUER,
  edgeWorld,
  hrChange,
  mintedToken,
  type EdgeWorld,
} from '@freshet/testkit'
import { registryDocument } from '@freshet/registry'
import { freePorts } from '@freshet/owned-dir'
import { Sessions } from '../../services/console/src/admission/sessions.ts'
import type { ConsoleParts } from '../../services/console/src/console-parts.ts'
import { keepHealth } from '../../services/console/src/health/keep-health.ts'
import { SlowFigures } from '../../services/console/src/health/slow-figures.ts'
import type { OpenIdLogin } from '../../services/console/src/login/openid-routes.ts'
import type { SendOrder } from '../../services/console/src/orders/order-routes.ts'
import { loadPageFiles } from '../../services/console/src/pages/page-files.ts'
import { addPageRoutes } from '../../services/console/src/pages/page-routes.ts'
import { addConsoleRoutes } from '../../services/console/src/routes.ts'
import { keepStream } from '../../services/console/src/stream/keep-stream.ts'
import { latestMeasured, statusesAt } from '../../services/console/src/slos/slo-routes.ts'
import { ChangePoller } from '../../services/console/src/stream/change-poller.ts'
import { StreamHub } from '../../services/console/src/stream/stream-hub.ts'
import { ACTIVE_HASH, quarantinedBefore } from '../gateway/quarantine-reader.ts'
import { consoleStores } from '../setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { plantRow } from '../setup/plant-row.ts'
import { seedLatency, seedProbes } from './seed-latency.ts'
import { seedLevels } from './seed-levels.ts'
import { seedChanges, seedEdges, seedMinutes } from './seed-status.ts'
import { routesApp } from '../setup/routes-app.ts'

const PAYMENTS = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
const AUDIENCES = new Map([['payments', PAYMENTS]])
const SLOS = join(import.meta.dirname, '../../infra/slo/slos.yaml')

/** The services that the console asks. */
const SERVICES = ['gateway', 'reconciler', 'authority'].map((service) => ({
  service,
  state: 'ready' as const,
  since: '2026-11-24T09:00:00.000Z',
}))

/** Tokens of admins, by their roles. */
export const ROLES = ['viewer', 'operator', 'admin'] as const

/** The behaviour of the stores. */
export interface Weather {
  kafka: 'up' | 'down'
  postgres: 'up' | 'down'
  /** Answers of the database wait for it. */
  until: Promise<void> | undefined
}

/** A console that listens, with the data of a quiet day. */
export interface SeededConsole {
  readonly url: string
  close(): Promise<void>
  readonly world: EdgeWorld
  readonly database: FreshDatabase
  /** The quarantine and the audit log, which a gateway in this process can share. */
  readonly orders: MemoryDatabase
  /** Seals the entries of orders and reads without a reconciler. */
  readonly seal: (key: SigningKey) => Promise<void>
  /** The faults that a test can give to the stores of a page. */
  readonly weather: Weather
}

/** The options of a console. */
export interface SeededWith {
  /** Returns the login of the console, once its address is known. */
  readonly loginAt?: (url: string) => Promise<OpenIdLogin>
  /**
   * Returns the receiver of its orders, over the same store. Default: a receiver that answers that each order
   * is done.
   */
  readonly orders?: (
    database: MemoryDatabase,
  ) => Promise<Pick<ConsoleParts, 'sendOrder' | 'canVouch'>>
}

/** Starts it. */
export async function seededConsole({
  loginAt,
  orders = async () => ({ sendOrder: allDone }),
}: SeededWith = {}): Promise<SeededConsole> {
  const world = await edgeWorld()
  const { clock } = world
  const database = await freshDatabase()
  const { db, system } = database
  const memory = new MemoryDatabase()
  const store = postgresObservatoryStore(system, clock)
  const weather: Weather = { kafka: 'up', postgres: 'up', until: undefined }
  const quarantined = quarantinedBefore(memory, () => clock.nowMs() - 90_000)
  quarantined.quarantine(hrChange(1n))
  for (const { id, topic } of memory.quarantine.values())
    await plantRow({ db }, 'quarantine', { id, topic, partition: 0 })
  await seedProgress(database, clock.nowMs())
  await seedTokens(database, clock.nowMs())
  await seedChanges(db, clock.nowMs())
  await seedLatency(db, clock.nowMs())
  await seedEdges(store, clock.nowMs())
  await seedMinutes(db, clock.nowMs())
  const slis = postgresSliStore(system)
  const slos = readSlos(await readFile(SLOS, 'utf8'))
  await seedLevels(slis, clock.nowMs())
  for (const pv of [1, 2]) await postgresVersionStore(system).publish(published(pv, clock.nowMs()))
  const hub = new StreamHub('seeded')
  const observatory = createObservatory({ store: inWeather(store, weather), clock })
  const nowMs = (): number => clock.nowMs()
  const measured = () => latestMeasured(slis, nowMs())
  const health = new HealthWatch(nowMs())
  const at = {
    observatory,
    measured,
    slos: async () => [],
    health: () => health.at(nowMs()),
    nowMs,
  }
  const around = new ChangePoller(at)
  const ended = new AbortController()
  const quarantine = memoryQuarantineStore(memory)
  const reader = readerIn(weather, quarantined)
  const probes = seedProbes(nowMs())
  const loaded = () => ({ registry: acmeRegistry({ audiences: AUDIENCES }), hash: ACTIVE_HASH })
  const timer = { ...systemClock, nowMs }
  const state = stateReader({ store: inWeather(store, weather), reader, clock })
  const counted = () => statusesAt({ slis, slos }, nowMs())
  const judged = keepHealth(
    {
      loaded,
      probes,
      watch: health,
      state,
      slow: new SlowFigures({ state, quarantine, slos: counted, timer }),
      services: { check: async () => SERVICES },
      skew: new SkewWatch(),
      timer,
      onTrouble: () => {},
    },
    ended.signal,
  )
  const kept = keepStream({ hub, around, timer: systemClock, onTrouble: () => {} }, ended.signal)
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const openId = await loginAt?.(url)
  const app = routesApp({
    clock,
  })
  const stores = consoleStores(database)
  addConsoleRoutes(app, {
    ...stores,
    observatory,
    health,
    reader,
    quarantine,
    logger: createLogger('console', 'silent'),
    judging: { ledger: stores.subjects, clock, issuer: EDGE_ISSUER },
    loaded,
    history: postgresVersionStore(system),
    tokenKeys: () => Promise.resolve(world.keys.tokens),
    slis,
    slos,
    clock,
    hub,
    probes,
    sessions: new Sessions({ nowMs: () => clock.nowMs(), randomId }),
    audit: memoryAuditLog(memory),
    ...(openId && { openId }),
    ...(await orders(memory)),
    admins: ROLES.map((role) => ({ name: role, role, hash: adminTokenHash(role) })),
  })
  addPageRoutes(app, await loadPageFiles())
  const server = await serveHttp({ app, port })
  const close = async (): Promise<void> => {
    ended.abort()
    await Promise.all([kept, judged, server.close()])
    await database.drop()
  }
  const seal = async (key: SigningKey): Promise<void> => {
    const entries = memory.auditPending.values().flatMap(({ text }) => decodeAuditEntry(text) ?? [])
    await postgresAuditLog(system).append(entries)
    await sealOnce(postgresSealStore(system), 'control', { nowMs: nowMs(), key })
  }
  return { url: server.url, close, world, database, orders: memory, weather, seal }
}

/** Returns a reader of topics that end at the same offset, while Kafka is up. */
function readerIn(
  weather: Weather,
  quarantined: ReturnType<typeof quarantinedBefore>,
): ConsoleParts['reader'] {
  const ends = PARTITIONS.map((partition) => ({ partition, earliest: 0n, end: 44n }))
  return {
    bounds: async () => {
      if (weather.kafka === 'up') return ends
      throw new Error('away')
    },
    read: quarantined.reader.read,
  }
}

const allDone: SendOrder = async ({ path }) =>
  Response.json({ result: path.includes('dryRun') ? 'would' : 'sent', becomes: 'applied' })

/** Returns a store that answers late, or not at all. */
function inWeather(store: ObservatoryStore, weather: Weather): ObservatoryStore {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        await weather.until
        if (weather.postgres === 'up') return method.apply(target, args)
        throw new FreshetError('database.unavailable', 'The database did not answer in time.')
      }
    },
  })
}

async function seedProgress({ db }: FreshDatabase, nowMs: number): Promise<void> {
  const text = `INSERT INTO progress (partition, e, next_offset, active_pv, active_hash, minimum_pv)
    SELECT n, 1, 42, 1, $2, 1 FROM unnest($1::int[]) AS n`
  await db.query({ name: '', text }, [PARTITIONS, ACTIVE_HASH])
  const feeds = `INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted)
    SELECT 'acme', $2, n, 0, '{}', $3, false FROM unnest($1::int[]) AS n`
  for (const [source, ageMs] of Object.entries({ hr: 400, security: 300, iga: 45_000 }))
    await db.query({ name: '', text: feeds }, [PARTITIONS, source, nowMs - ageMs])
}

async function seedTokens({ db, ledger, tenants }: FreshDatabase, nowMs: number): Promise<void> {
  const mint = postgresMintStore(tenants)
  const times = { iatMs: nowMs - 60_000, expMs: nowMs + 240_000 }
  await postgresTokenPartitions(ledger).ensure(nowMs, times.expMs)
  const asks = { tenant: 'acme', sources: [], partitions: [], scopeKeys: [], denialKeys: [] }
  for (const jti of ['token-before', 'token-other', 'token-after']) {
    const claims = new Map([
      [jti === 'token-other' ? 'entitlements' : 'groups', ['staff', 'payments-approvers']],
    ])
    const minted = mintedToken(jti, {
      claims,
      parties: [{ subject: ALICE, label: { e: 1n, s: 40n, c: 12n } }],
    })
    const at = jti === 'token-after' ? { ...times, iatMs: nowMs - 1_000 } : times
    await mint.recordAndRecheck({ ...minted, ...at, present: [...claims.keys()] }, asks)
  }
  const text = `UPDATE token SET stale_at_ms = $1, stale_reason = 'claim-changed', stale_source = 'hr',
    stale_change = 'hr-000000000042' WHERE jti = 'token-before'`
  await db.query({ name: '', text }, [nowMs - 9_900])
}

/** Returns a version. The second has another account source. */
function published(pv: number, nowMs: number) {
  const account = pv === 1 ? 'hr' : 'iga'
  const document = registryDocument({ version: pv, account, sources: {}, claims: {} }, new Map())
  const hash = pv === 1 ? ACTIVE_HASH : 'next'
  return { pv, hash, document, by: 'ann', atMs: nowMs - 86_400_000 }
}
