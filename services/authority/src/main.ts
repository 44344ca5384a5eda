import { keepTokenPartitions, requireLivesWithin, tendTokenPartitions } from '@freshet/authority'
import {
  createDatabase,
  postgresMintStore,
  postgresTokenPartitions,
  requireMigrated,
} from '@freshet/postgres'
import {
  createApp,
  createLogger,
  loadRegistry,
  randomId,
  runService,
  serveHttp,
  systemClock,
  watchSigningKeys,
} from '@freshet/runtime'
import { createMetrics, httpMetrics } from '@freshet/telemetry'
import { authorityConfig } from './config.ts'
import { readCheckpointJwks } from './keys.ts'
import { addOpenApi } from './openapi.ts'
import { addAuthorityRoutes } from './routes.ts'

const logger = createLogger('authority')
await runService(async (signal) => {
  const config = authorityConfig(process.env)
  const loaded = await loadRegistry(config.registry)
  requireLivesWithin(loaded.registry, config.tokenLifeMaxMs)
  const { tokenKeysFile: path, checkpointJwksFile } = config
  const watch = { path, name: 'FRESHET_TOKEN_KEYS_FILE', timer: systemClock, logger, signal }
  const { current: keys } = await watchSigningKeys('ES256', watch)
  const checkpointJwks = () => readCheckpointJwks(checkpointJwksFile, systemClock.nowMs())
  await checkpointJwks()
  const { databaseUrl: url, issuer, tokenLifeMaxMs: lifeMaxMs, port } = config
  const applicationName = 'freshet-authority'
  await using database = createDatabase({ url, max: 8, applicationName, planOnce: true })
  await requireMigrated(database)
  const partitions = postgresTokenPartitions(database)
  await tendTokenPartitions(partitions, systemClock.nowMs(), lifeMaxMs)
  const store = postgresMintStore(database)
  const metrics = createMetrics({ version: '0.1.0', commit: 'unknown' })
  const checks = {
    postgres: async () => void (await database.query({ name: 'ready', text: 'SELECT 1' })),
  }
  const shared = { logger, clock: systemClock, signal, checks, metrics: metrics.exposition }
  const app = createApp({ ...shared, onAnswer: httpMetrics(metrics) })
  const { identityProviderKeys } = loaded
  const exchange = {
    store,
    clock: systemClock,
    randomId,
    keys,
    issuer,
    loaded,
    identityProviderKeys,
  }
  addAuthorityRoutes(app, { exchange, checkpointJwks, logger })
  addOpenApi(app)
  await using server = await serveHttp({ app, port })
  process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
  const onFailure = (error: unknown): void => logger.warn({ err: error }, 'partitions wait')
  await keepTokenPartitions(partitions, { timer: systemClock, lifeMaxMs, onFailure }, signal)
}, logger)
