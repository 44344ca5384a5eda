import { randomBytes } from 'node:crypto'
import { createIntake, ReplayCache } from '@freshet/intake'
import { createKafka } from '@freshet/kafka'
import { createDatabase, postgresStampStore, requireMigrated } from '@freshet/postgres'
import * as runtime from '@freshet/runtime'
import { createMetrics, httpMetrics } from '@freshet/telemetry'
import { announcePolicy } from './announce-policy.ts'
import { gatewayConfig } from './config.ts'
import { addOpenApi } from './openapi.ts'
import { addGatewayRoutes } from './routes.ts'

const { systemClock } = runtime
const logger = runtime.createLogger('gateway')
await runtime.runService(async (signal) => {
  const config = gatewayConfig(process.env)
  const { registry, hash, sourceKeys } = await runtime.loadRegistry(config.registry)
  const watch = { path: config.stampKeysFile, timer: systemClock, logger, signal }
  const stamps = await runtime.watchStampKeys({ ...watch, name: 'FRESHET_STAMP_KEYS_FILE' })
  await using database = createDatabase({
    url: config.databaseUrl,
    applicationName: 'freshet-gateway',
  })
  await requireMigrated(database)
  const kafka = createKafka({
    brokers: config.brokers,
    clientId: 'freshet-gateway',
    log: ({ level, message }) => logger[level](message),
  })
  try {
    const store = postgresStampStore(database)
    const report = (error: unknown): void => logger.warn({ err: error }, 'swept again later')
    const writer = kafka.writer()
    const { limits } = config
    const made = { registry, store, writer, limits, timer: systemClock, report }
    const intake = createIntake({ ...made, macKey: stamps.making })
    const metrics = createMetrics({ version: '0.1.0', commit: 'unknown' })
    const checks = {
      postgres: async () => void (await database.query({ name: 'ready', text: 'SELECT 1' })),
      kafka: async () => void (await kafka.check()),
    }
    const shared = { logger, clock: systemClock, signal, checks, metrics: metrics.exposition }
    const app = runtime.createApp({ ...shared, onAnswer: httpMetrics(metrics) })
    // Stamps are ours to make: at the door only sources prove themselves.
    const authenticity = { macKeys: [], sourceKeys }
    const replays = new ReplayCache()
    const keys = { authenticity, url: config.url, clock: systemClock, replays }
    addGatewayRoutes(app, { intake, keys, logger, newTraceparent })
    addOpenApi(app)
    if (config.activateRegistry) await announcePolicy({ intake, hash, logger }, systemClock, signal)
    await using server = await runtime.serveHttp({ app, port: config.port })
    process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
    await intake.run(signal)
  } finally {
    await kafka.close()
  }
}, logger)

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
}
