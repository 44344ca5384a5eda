import { createKafka, type Kafka } from '@freshet/kafka'
import { kafkaAccess } from '@freshet/kafka/environment'
import { createObservatory, HealthWatch } from '@freshet/insight'
import { createVersions, type Versions } from '@freshet/registry'
import {
  createDatabase,
  databaseCheck,
  postgresMintStore,
  postgresObservatoryStore,
  postgresSliStore,
  postgresVersionStore,
  requireMigrated,
  type Database,
} from '@freshet/postgres'
import {
  createApp,
  createLogger,
  loadRegistry,
  policyNotes,
  processIdentity,
  refusalsTo,
  runService,
  serveStarted,
  systemClock as timer,
} from '@freshet/runtime'
import { processMetrics, refusalMetrics, startTelemetry, type Metrics } from '@freshet/telemetry'
import { browserParts } from './browser-parts.ts'
import { consoleConfig } from './config.ts'
import { routesReader } from './health/brief-reader.ts'
import { keepAll } from './keep/keep-all.ts'
import { loadSlos } from './slos/load-slos.ts'
import { addOpenApi } from './openapi.ts'
import { loadPageFiles } from './pages/page-files.ts'
import { addPageRoutes } from './pages/page-routes.ts'
import { proberOf } from './probe/start-probing.ts'
import { reportCounts } from './keep/report-counts.ts'
import { addConsoleRoutes, CONSOLE_BODIES } from './routes.ts'
import { storeParts } from './store-parts.ts'
import { streamParts } from './stream/keep-stream.ts'
import { tokenKeysOf } from './tokens/token-keys.ts'
import { watchVoucherKeys, type VouchParts } from './orders/vouch.ts'

const WORKS_AS = { applicationName: 'freshet-console', role: 'freshet_system' } as const
const REPLICA_POOL = 3
/** The second tries of the verdict’s reads. They open connections only while the pool does not answer. */
const RESERVE_POOL = 2

const logger = createLogger('console')
await runService(async (signal, ending, tls) => {
  const config = consoleConfig(process.env)
  const own = await loadRegistry(config.registry)
  const slos = await loadSlos(config.slos)
  const watch = { timer, logger, signal }
  const voucherKeys = await watchVoucherKeys(config, watch)
  const { databaseUrl: url, issuer, host, port } = config
  await using telemetry = await startTelemetry(processIdentity('console', process.env, config))
  await using database = createDatabase({ url, ...WORKS_AS })
  await using reserve = createDatabase({ url, ...WORKS_AS, max: RESERVE_POOL })
  await using replica = replicaOf(config.databaseReadUrl)
  const policies = postgresVersionStore(database)
  const versions = createVersions({ store: policies, own, timer, ...policyNotes(logger, own) })
  const kafka = createKafka({ ...kafkaAccess(config, watch), clientId: 'freshet-console' })
  try {
    const store = postgresObservatoryStore(database, timer)
    const slis = postgresSliStore(database)
    const metrics = await telemetry.metrics()
    const counted = { clock: timer, timer, counts: reportCounts(metrics, logger) }
    const observatory = createObservatory({ store, slis, slos, versions, ...counted })
    const checks = measuredChecks(metrics, { database, kafka, versions, voucherKeys })
    const serves = { checks, metrics: metrics.exposition, bodyBytesMax: CONSOLE_BODIES }
    const shared = { logger, clock: timer, signal: ending, ...serves }
    const { connection: onRefused, adminToken: onTokenRefused, request } = refusalMetrics(metrics)
    const onRefusal = refusalsTo(logger, request)
    const app = createApp({ ...shared, onAnswer: telemetry.onAnswer(metrics), onRefusal })
    const judging = { ledger: postgresMintStore(database), clock: timer, issuer }
    const keys = { judging, onTokenRefused, tokenKeys: tokenKeysOf(issuer, () => timer.nowMs()) }
    const held = { history: policies, ...storeParts(database, config, replica) }
    const parts = { observatory, reader: kafka.reader(), logger, ...held }
    const judged = { health: new HealthWatch(timer.nowMs()), services: config.services }
    const measured = { slis, slos, clock: timer, loaded: versions.last, ...judged }
    const prober = proberOf(config, own.registry, { observatory, signal })
    const stream = streamParts({ ...parts, ...measured })
    const shown = { probes: prober?.report, hub: stream.hub, ...browserParts(config, voucherKeys) }
    const reader = routesReader(parts.reader, judged.health, timer)
    addConsoleRoutes(app, { ...parts, ...measured, ...shown, ...keys, reader })
    addPageRoutes(app, await loadPageFiles())
    addOpenApi(app)
    const start = (): Promise<void> => requireMigrated(database).then(() => versions.poll())
    const serving = { app, tls, host, port, start, logger, timer, signal, onRefused, onRefusal }
    await using server = await serveStarted(serving)
    process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
    const again = { reserve: postgresObservatoryStore(reserve, timer) }
    const kept = { ...parts, ...measured, ...again, versions, store, metrics, timer, prober }
    await Promise.all([versions.run(signal), keepAll(kept, signal), stream.keep(signal)])
  } finally {
    await kafka.close()
  }
}, logger)

interface Checked {
  readonly database: Database
  readonly kafka: Pick<Kafka, 'check'>
  readonly versions: Pick<Versions, 'check'>
  readonly voucherKeys: VouchParts['keys'] | undefined
}

/** Registers the metrics of the process, and returns its checks. */
function measuredChecks(metrics: Metrics, parts: Checked) {
  const { database, kafka, versions, voucherKeys: vouchers } = parts
  const keys = vouchers && { vouchers }
  processMetrics(metrics, { clock: timer, database, kafka, ...(keys && { keys }) })
  return {
    policy: async () => versions.check(),
    postgres: databaseCheck(database, timer),
    kafka: async () => void (await kafka.check()),
  }
}

/** A replica serves a few long reads. The console starts without it, and refuses these. */
function replicaOf(url: string | undefined): Database | undefined {
  return url === undefined ? undefined : createDatabase({ url, ...WORKS_AS, max: REPLICA_POOL })
}
