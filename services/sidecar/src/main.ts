import { FreshetError } from '@freshet/protocol'
import {
  authorityValidator,
  createEdge,
  type Edge,
  type EdgeOptions,
  type ValidatorClient,
} from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'
import { kafkaAccess } from '@freshet/kafka/environment'
import {
  createApp,
  createBareApp,
  createLogger,
  processIdentity,
  readRegistry,
  refusalsTo,
  runService,
  serveHttp,
  systemClock,
} from '@freshet/runtime'
import { edgeMetrics, httpMetrics, refusalMetrics, startTelemetry } from '@freshet/telemetry'
import { authorityClient } from './authority-client.ts'
import { onMainPort, onProxyPort } from './authz-ports.ts'
import { addAuthzRoutes } from './authz-routes.ts'
import { sidecarConfig, type SidecarConfig } from './config.ts'
import { proofHooks } from './proof-hooks.ts'
import { routesNow, reportSkew } from './routes-in-force.ts'
import { addSidecarRoutes, showEdge } from './routes.ts'
import { applySpan } from './apply-span.ts'

/**
 * Answers are short, and proxies that keep connections ask again. Longer than a request may take to
 * arrive: a late one gets its 408.
 */
const QUIET_MS_MAX = 15_000

const logger = createLogger('sidecar')
await runService(async (signal, ending, tls) => {
  const config = sidecarConfig(process.env)
  await using telemetry = await startTelemetry(
    processIdentity('sidecar', process.env, config.edgeId ?? config),
  )
  const file = config.registry === undefined ? undefined : await readRegistry(config.registry)
  const client = config.client && (await authorityClient(config.client, logger))
  const access = kafkaAccess(config, { timer: systemClock, logger, signal })
  await using edge: Edge = await createEdge({
    ...edgeOptions(config),
    ...clientOptions(config, client),
    ...(telemetry.isTraced ? { onRevocation: applySpan } : {}),
    revocations: kafkaRevocations({ ...access, clientId: 'freshet-sidecar' }),
  })
  const routes = file && routesNow(file, edge)
  edge.ready().catch((error: unknown) => {
    if (!signal.aborted) logger.error(error, 'the edge cannot become ready')
  })
  const metrics = await telemetry.metrics()
  const edgeCounts = edgeMetrics(metrics)
  const { connection: onRefused, request } = refusalMetrics(metrics)
  const onRefusal = refusalsTo(logger, request)
  const shared = { logger, clock: systemClock, onAnswer: httpMetrics(metrics), onRefusal }
  const app = createApp({
    ...shared,
    signal: ending,
    checks: {
      edge: () => requireLiveOnce(edge),
      ...(routes && { routes: () => routes.requireKnown() }),
    },
    metrics: (accept) => {
      showEdge(edgeCounts, edge)
      edgeCounts.routesSeen(routes?.compare() !== undefined)
      return metrics.exposition(accept)
    },
  })
  const proxyApp = createBareApp(shared)
  const authz = { edge, metrics: edgeCounts, audience: config.audience, routes: routes?.find }
  addSidecarRoutes(app, authz)
  for (const each of [app, proxyApp]) addAuthzRoutes(each, authz)
  const { host, port, proxyPort } = config
  const listening = { host, tls, quietMsMax: QUIET_MS_MAX, onRefused, onRefusal }
  const proxy = onProxyPort(proxyApp, onRefusal)
  await using proxied = await serveHttp({ ...listening, app: proxy, port: proxyPort })
  await using server = await serveHttp({ ...listening, app: onMainPort(app, onRefusal), port })
  const urls = { url: server.url, proxyUrl: proxied.url }
  process.stdout.write(`${JSON.stringify({ ready: true, ...urls })}\n`)
  if (routes) void reportSkew(routes, { logger, timer: systemClock, signal })
  await aborted(signal)
}, logger)

/** Resolves when the service ends. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** The edge's options from the environment. */
function edgeOptions(config: SidecarConfig): Omit<EdgeOptions, 'revocations'> {
  const { issuer, audience, tokenLifeMaxMs, limits, edgeId, tenants } = config
  return {
    issuer,
    audience,
    tokenLifeMaxMs,
    limits,
    proof: proofHooks(config),
    ...(edgeId === undefined ? {} : { edgeId }),
    ...(tenants === undefined ? {} : { tenants }),
  }
}

/** Without any client high-risk requests are denied; only one with a key signs reports. */
function clientOptions(
  { issuer, clients }: SidecarConfig,
  client: ValidatorClient | undefined,
): Pick<EdgeOptions, 'validator' | 'signReports'> {
  if (client === undefined && clients === undefined) return {}
  const known = { ...(client && { client }), ...(clients && { clients }) }
  return {
    validator: authorityValidator({ issuer, ...known }),
    ...(client && 'key' in client ? { signReports: client } : {}),
  }
}

/** The check that it caught up once; each question reports its later state. */
function requireLiveOnce(edge: Edge): void {
  const { waitsFor } = edge.stats()
  if (waitsFor !== undefined)
    throw new FreshetError('edge.not-live', `The edge is not ready: ${waitsFor}`)
}
