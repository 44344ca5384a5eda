import * as authority from '@freshet/authority'
import { checkPolicies } from '@freshet/cedar'
import type { PolicyVersion } from '@freshet/registry'
import { createKafka } from '@freshet/kafka'
import { kafkaAccess } from '@freshet/kafka/environment'
import { createVersions, POLL_EVERY_MS } from '@freshet/registry'
import * as postgres from '@freshet/postgres'
import * as runtime from '@freshet/runtime'
import { startTelemetry } from '@freshet/telemetry'
import { authorityConfig } from './config.ts'
import { openDatabases } from './open/open-databases.ts'
import { openKeys } from './open/open-keys.ts'
import { openPolicies } from './open/open-policies.ts'
import { addOpenApi } from './openapi.ts'
import { wireParts } from './parts.ts'
import { readinessChecks } from './readiness-checks.ts'
import { registerMetrics } from './register-metrics.ts'
import { addAuthorityRoutes, AUTHORITY_BODIES } from './routes.ts'
import { tokenRouteLimit } from './token-route-limit.ts'

const { processIdentity, systemClock: timer } = runtime
const name = 'freshet-authority'
const logger = runtime.createLogger('authority')
/** It refuses requests until it has the active version. */
const soon = { quietPollEveryMs: POLL_EVERY_MS }
await runtime.runService(async (signal, ending, tls) => {
  const config = authorityConfig(process.env)
  const own = await runtime.loadRegistry(config.registry, checkPolicies)
  const { databaseUrl: url, tokenLifeMaxMs: lifeMaxMs, host, port } = config
  const accept = ({ registry }: PolicyVersion): void =>
    authority.requireLivesWithin(registry, lifeMaxMs)
  accept(own)
  await using telemetry = await startTelemetry(processIdentity('authority', process.env, config))
  const keys = await openKeys(config, logger, signal)
  await using databases = openDatabases(url, name)
  const { database, ledger } = databases
  await using opened = openPolicies(logger, runtime.policyNotes(logger, own))
  const store = postgres.postgresVersionStore(database)
  const versions = createVersions({ store, own, accept, timer, ...soon, ...opened.notes })
  const partitions = postgres.postgresTokenPartitions(ledger)
  const access = kafkaAccess(config, { timer, logger, signal })
  const kafka = createKafka({ ...access, clientId: name })
  try {
    const metrics = await telemetry.metrics()
    const checks = readinessChecks(database, timer, versions, kafka)
    const shared = { logger, clock: timer, signal: ending, ...checks, metrics: metrics.exposition }
    const wired = wireParts({ config, versions, database, kafka, keys, ...opened })
    const { limiter, budgets: _, ...parts } = wired
    const measured = { ...wired, database, kafka, keys }
    const { onRefused, onRefusal, ...counted } = registerMetrics(metrics, measured, logger)
    const observers = { onAnswer: telemetry.onAnswer(metrics), onRefusal }
    const app = runtime.createApp({ ...shared, ...observers, bodyBytesMax: AUTHORITY_BODIES })
    addAuthorityRoutes(app, { ...parts, ...counted, logger })
    addOpenApi(app)
    const start = async (): Promise<void> => {
      await postgres.requireMigrated(database)
      await authority.tendTokenPartitions(partitions, timer.nowMs(), lifeMaxMs)
      await versions.poll()
    }
    const limit = tokenRouteLimit(limiter, observers)
    const serving = {
      ...observers,
      app,
      tls,
      limit,
      host,
      port,
      start,
      logger,
      timer,
      signal,
      onRefused,
    }
    await using server = await runtime.serveStarted(serving)
    process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
    const onFailure = (error: unknown): void =>
      logger.warn({ err: error }, 'background work failed, will retry')
    const assertions = postgres.postgresAssertionStore(database)
    await Promise.all([
      versions.run(signal),
      authority.keepTokenPartitions(partitions, { timer, lifeMaxMs, onFailure }, signal),
      authority.keepAssertions(assertions, { timer, onFailure }, signal),
    ])
  } finally {
    await kafka.close()
  }
}, logger)
