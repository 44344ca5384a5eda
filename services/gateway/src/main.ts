import { createKafka } from '@freshet/kafka'
import { createDatabase, requireMigrated } from '@freshet/postgres'
import {
  createApp,
  createLogger,
  loadRegistry,
  runService,
  serveStarted,
  systemClock,
  watchStampKeys,
} from '@freshet/runtime'
import { createMetrics, httpMetrics } from '@freshet/telemetry'
import { announcePolicy } from './announce-policy.ts'
import { gatewayConfig } from './config.ts'
import { gatewayDoor } from './gateway-door.ts'
import { addOpenApi } from './openapi.ts'
import { addGatewayRoutes } from './routes.ts'

const logger = createLogger('gateway')
await runService(async (signal) => {
  const config = gatewayConfig(process.env)
  const loaded = await loadRegistry(config.registry)
  const watch = { path: config.stampKeysFile, timer: systemClock, logger, signal }
  const stamps = await watchStampKeys({ ...watch, name: 'FRESHET_STAMP_KEYS_FILE' })
  await using database = createDatabase({
    url: config.databaseUrl,
    applicationName: 'freshet-gateway',
  })
  const kafka = createKafka({
    brokers: config.brokers,
    clientId: 'freshet-gateway',
    log: ({ level, message }) => logger[level](message),
  })
  try {
    const metrics = createMetrics({ version: '0.1.0', commit: 'unknown' })
    const checks = {
      postgres: async () => void (await database.query({ name: 'ready', text: 'SELECT 1' })),
      kafka: async () => void (await kafka.check()),
    }
    const shared = { logger, clock: systemClock, signal, checks, metrics: metrics.exposition }
    const app = createApp({ ...shared, onAnswer: httpMetrics(metrics) })
    const door = gatewayDoor({ config, loaded, stamps, database, kafka, logger })
    addGatewayRoutes(app, door)
    addOpenApi(app)
    const { intake } = door
    const announcing = { intake, hash: loaded.hash, logger }
    const start = async (): Promise<void> => {
      await requireMigrated(database)
      if (config.activateRegistry) await announcePolicy(announcing, systemClock, signal)
    }
    const serving = { app, port: config.port, start, logger, timer: systemClock, signal }
    await using server = await serveStarted(serving)
    process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
    await intake.run(signal)
  } finally {
    await kafka.close()
  }
}, logger)
