import { checkPolicies } from '@freshet/cedar'
import { createKafka } from '@freshet/kafka'
import { kafkaAccess } from '@freshet/kafka/environment'
import { createVersions, POLL_EVERY_MS } from '@freshet/registry'
import { keepSourceUses } from '@freshet/intake'
import {
  createDatabase,
  postgresSourceUseStore,
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
  watchStampKeys,
} from '@freshet/runtime'
import { httpMetrics, processMetrics, refusalMetrics, startTelemetry } from '@freshet/telemetry'
import { gatewayConfig } from './config.ts'
import { bringFirstVersion } from './first-version.ts'
import { gatewayDeps } from './gateway-deps.ts'
import { addOpenApi } from './openapi.ts'
import { pausingWriter } from './pausing-writer.ts'
import { readinessChecks } from './readiness-checks.ts'
import { GATEWAY_BODIES } from './orders/registry-versions.ts'
import { addGatewayRoutes } from './routes.ts'
import { watchConsoles } from './orders/vouching-consoles.ts'

/** Connections for what spans tenants: sweeping, policy versions, quarantine, an operator's questions. */
const EVERYONE_MAX = 3

const logger = createLogger('gateway')
/** It refuses requests until it has the active version. */
const soon = { quietPollEveryMs: POLL_EVERY_MS }
await runService(async (signal, ending, tls) => {
  const config = gatewayConfig(process.env)
  const own = await loadRegistry(config.registry, checkPolicies)
  const watch = { path: config.stampKeysFile, timer, logger, signal }
  const stamps = await watchStampKeys({ ...watch, name: 'FRESHET_STAMP_KEYS_FILE' })
  const consoles = await watchConsoles(config.consoles, { timer, logger, signal })
  await using telemetry = await startTelemetry(processIdentity('gateway', process.env, config))
  const pool = { url: config.databaseUrl, applicationName: 'freshet-gateway' }
  await using database = createDatabase({ ...pool, planOnce: true, role: 'freshet_tenant' })
  await using everyone = createDatabase({ ...pool, role: 'freshet_system', max: EVERYONE_MAX })
  const store = postgresVersionStore(everyone)
  const policy = createVersions({ store, own, timer, ...soon, ...policyNotes(logger, own) })
  const access = kafkaAccess(config, { timer, logger, signal })
  const kafka = createKafka({ ...access, clientId: 'freshet-gateway' })
  try {
    const metrics = await telemetry.metrics()
    processMetrics(metrics, { clock: timer, database, kafka, keys: { stamps: stamps.times } })
    const writer = pausingWriter(kafka.writer())
    const checks = readinessChecks({ database, clock: timer, kafka, policy, writer })
    const shared = { logger, clock: timer, signal: ending, metrics: metrics.exposition }
    const refused = refusalMetrics(metrics)
    const callbacks = {
      onAnswer: httpMetrics(metrics),
      onRefusal: refusalsTo(logger, refused.request),
    }
    const app = createApp({ ...shared, ...checks, ...callbacks, bodyBytesMax: GATEWAY_BODIES })
    const pools = { database, everyone, isTraced: telemetry.isTraced }
    const known = { versions: store, policy, stamps, consoles }
    const deps = gatewayDeps({ config, ...known, ...pools, kafka, writer, logger })
    addGatewayRoutes(app, { ...deps, onTokenRefused: refused.adminToken })
    addOpenApi(app)
    const { intake, newestVersion: newest } = deps
    const first = { own, store, intake, newest, activates: config.activateRegistry, logger }
    const start = async (): Promise<void> => {
      await requireMigrated(database)
      await bringFirstVersion(first, timer, signal)
      await policy.poll()
    }
    const { host, port } = config
    const serving = { ...callbacks, app, tls, host, port, start, logger, timer, signal }
    await using server = await serveStarted({ ...serving, onRefused: refused.connection })
    process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
    const onFailure = (error: unknown): void =>
      logger.warn({ err: error }, 'removing used assertions failed, will retry')
    const uses = keepSourceUses(postgresSourceUseStore(database), { timer, onFailure }, signal)
    await Promise.all([intake.run(signal), policy.run(signal), uses])
  } finally {
    await kafka.close()
  }
}, logger)
