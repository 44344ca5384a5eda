import { secretsIn } from '@freshet/connectors'
import { FreshetError } from '@freshet/protocol'
import {
  createApp,
  createLogger,
  processIdentity,
  readRegistry,
  refusalsTo,
  runService,
  serveHttp,
  systemClock as timer,
} from '@freshet/runtime'
import { connectionMetrics, httpMetrics, refusalMetrics, startTelemetry } from '@freshet/telemetry'
import { connectConfig, databaseConfig } from './config.ts'
import { addOpenApi } from './openapi.ts'
import { connectionsOf, keepConnection, type Connection } from './run-connections.ts'
import { scimConnection, scimDatabase } from './scim/scim-connections.ts'
import { addScimRoutes, scimBodies } from './scim/scim-endpoint.ts'
import { requirePrivateSecrets } from './private-secrets.ts'

const logger = createLogger('connect')
await runService(async (signal, ending, tls) => {
  const config = connectConfig(process.env)
  const registry = await readRegistry(config.registry)
  const connections = connectionsOf(registry, config.sources)
  await requirePrivateSecrets(config.secrets, connections, logger)
  await using telemetry = await startTelemetry(processIdentity('connect', process.env, config))
  const metrics = await telemetry.metrics()
  const { connection: onRefused, request } = refusalMetrics(metrics)
  const onRefusal = refusalsTo(logger, request)
  const waiting = new Set(connections)
  const scim = connections.filter(({ connection }) => connection.kind === 'scim')
  await using database =
    scim.length === 0 ? null : scimDatabase(databaseConfig(process.env).databaseUrl)
  const endpoints = scim.flatMap((of) =>
    database === null ? [] : scimConnection(of, database, timer),
  )
  const app = createApp({
    logger,
    clock: timer,
    signal: ending,
    checks: { connections: () => requireRunning(waiting) },
    metrics: metrics.exposition,
    onAnswer: httpMetrics(metrics),
    onRefusal,
    bodyBytesMax: scimBodies(endpoints),
  })
  addOpenApi(app)
  addScimRoutes(app, { endpoints, timer, logger })
  const { host, port } = config
  await using server = await serveHttp({ app, tls, host, port, onRefused, onRefusal })
  process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`)
  const parts = {
    config,
    secrets: secretsIn(config.secrets),
    metrics: connectionMetrics(metrics, timer),
    timer,
    logger,
    onRunning: (connection: Connection) => void waiting.delete(connection),
    connectors: new Map(endpoints.map(({ of, connector }) => [of, connector])),
  }
  await Promise.all(connections.map((each) => keepConnection(parts, each, signal)))
}, logger)

/** The check that each connection had an epoch once. Metrics show its later state. */
function requireRunning(waiting: ReadonlySet<Connection>): void {
  const [first] = waiting
  if (first === undefined) return
  const { source, connection } = first
  const message = `The connection of ${source.id} for ${connection.tenant} has no epoch yet.`
  throw new FreshetError('gateway.unavailable', message)
}
