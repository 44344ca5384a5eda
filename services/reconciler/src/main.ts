import { createKafka, requireTopics } from '@freshet/kafka'
import { kafkaAccess } from '@freshet/kafka/environment'
import { createVersions } from '@freshet/registry'
import {
  createDatabase,
  databaseCheck,
  postgresVersionStore,
  requireMigrated,
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
import {
  httpMetrics,
  pipelineMetrics,
  processMetrics,
  quarantineMetrics,
  refusalMetrics,
  startTelemetry,
} from '@freshet/telemetry'
import { brokerCheck } from './broker-check.ts'
import { reconcilerConfig, revocationsKeptMs } from './config.ts'
import { addOpenApi } from './openapi.ts'
import { openKeys } from './open-keys.ts'
import { runReconciler } from './run-reconciler.ts'
import { reconcilerTraces } from './traces.ts'

const logger = createLogger('reconciler')
await runService(async (signal, ending, tls) => {
  const config = reconcilerConfig(process.env)
  const keys = await openKeys(config, logger, signal)
  const own = await loadRegistry(config.registry)
  const { databaseUrl: url, host, port } = config
  await using telemetry = await startTelemetry(processIdentity('reconciler', process.env, config))
  const pool = { url, applicationName: 'freshet-reconciler', max: 12, planOnce: true }
  await using database = createDatabase({ ...pool, role: 'freshet_system' })
  const store = postgresVersionStore(database)
  const versions = createVersions({ store, own, timer, ...policyNotes(logger, own) })
  const access = kafkaAccess(config, { timer, logger, signal })
  const kafka = createKafka({ ...access, clientId: 'freshet-reconciler' })
  const broker = brokerCheck(kafka, timer)
  const metrics = await telemetry.metrics()
  processMetrics(metrics, { clock: timer, database, kafka, keys: keys.signing })
  const { connection: onRefused, request } = refusalMetrics(metrics)
  const onRefusal = refusalsTo(logger, request)
  const app = createApp({
    logger,
    clock: timer,
    signal: ending,
    checks: {
      postgres: databaseCheck(database, timer),
      kafka: broker.check,
      policy: async () => versions.check(),
    },
    metrics: metrics.exposition,
    onAnswer: httpMetrics(metrics),
    onRefusal,
  })
  addOpenApi(app)
  const start = async (): Promise<void> => {
    await requireMigrated(database)
    await requireTopics(kafka.topics, { revocationsMs: revocationsKeptMs(config) })
    await versions.poll()
  }
  const serving = { app, tls, host, port, start, logger, timer, signal, onRefused, onRefusal }
  await using server = await serveStarted(serving)
  process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
  try {
    const counted = {
      pipeline: pipelineMetrics(metrics),
      onQuarantined: quarantineMetrics(metrics),
    }
    const traces = telemetry.isTraced ? reconcilerTraces() : undefined
    const stores = { database, kafka, changes: broker.reader }
    const parts = { config, versions, keys, ...stores, ...counted, logger, traces }
    await runReconciler(parts, signal)
  } finally {
    await kafka.close()
  }
}, logger)
