import { CHANGES_TOPIC } from '@freshet/events'
import { createKafka, requireTopics } from '@freshet/kafka'
import { createDatabase, requireMigrated } from '@freshet/postgres'
import {
  createApp,
  createLogger,
  loadRegistry,
  runService,
  serveStarted,
  systemClock,
} from '@freshet/runtime'
import { createMetrics, httpMetrics, pipelineMetrics } from '@freshet/telemetry'
import { reconcilerConfig } from './config.ts'
import { addOpenApi } from './openapi.ts'
import { openKeys } from './open-keys.ts'
import { runReconciler } from './run-reconciler.ts'

const logger = createLogger('reconciler')
await runService(async (signal) => {
  const config = reconcilerConfig(process.env)
  const keys = await openKeys(config, logger, signal)
  const registry = await loadRegistry(config.registry)
  await using database = createDatabase({
    url: config.databaseUrl,
    applicationName: 'freshet-reconciler',
    max: 12,
    planOnce: true,
  })
  const kafka = createKafka({
    brokers: config.brokers,
    clientId: 'freshet-reconciler',
    log: ({ level, message }) => logger[level](message),
  })
  const reader = kafka.reader()
  const metrics = createMetrics({ version: '0.1.0', commit: 'unknown' })
  const app = createApp({
    logger,
    clock: systemClock,
    signal,
    checks: {
      postgres: async () => void (await database.query({ name: 'ready', text: 'SELECT 1' })),
      kafka: async () => void (await reader.bounds(CHANGES_TOPIC)),
    },
    metrics: metrics.exposition,
    onAnswer: httpMetrics(metrics),
  })
  addOpenApi(app)
  const start = async (): Promise<void> => {
    await requireMigrated(database)
    await requireTopics(kafka.topics)
  }
  const serving = { app, port: config.port, start, logger, timer: systemClock, signal }
  await using server = await serveStarted(serving)
  process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
  try {
    const pipeline = pipelineMetrics(metrics)
    await runReconciler({ config, registry, keys, database, kafka, pipeline, logger }, signal)
  } finally {
    await kafka.close()
  }
}, logger)
