import { Attempts } from '@freshet/runtime'
import type { Hono, MiddlewareHandler } from 'hono'
import { admission } from './admission/admission.ts'
import { hostGuard } from './admission/host-guard.ts'
import { addLoginRoute, addSessionRoutes } from './admission/session-routes.ts'
import { addAuditRoutes } from './evidence/audit-routes.ts'
import { addChangeRoutes } from './changes/change-routes.ts'
import type { ConsoleParts } from './console-parts.ts'
import { addEvidenceRoute } from './evidence/evidence-route.ts'
import { addReplicaGuard } from './evidence/replica-guard.ts'
import { addHealthRoute } from './health/health-routes.ts'
import { addOpenIdRoutes, addProviderRoute, type OpenIdLogin } from './login/openid-routes.ts'
import { addOrderRoutes } from './orders/order-routes.ts'
import { addStatusRoute } from './edges/status-route.ts'
import { addEdgeHistoryRoute } from './edges/edge-routes.ts'
import { addEdgeRoutes } from './edges/edge-routes.ts'
import { addLatencyRoute } from './slos/latency-routes.ts'
import { addQuarantineRoutes } from './quarantine/quarantine-routes.ts'
import { addRegistryRoutes } from './registry/registry-routes.ts'
import { addSearchRoute } from './search/search-route.ts'
import { addSloRoutes } from './slos/slo-routes.ts'
import { addStreamRoute } from './stream/stream-route.ts'
import { addSubjectRoutes } from './subjects/subject-routes.ts'
import { ValueReads } from './subjects/value-reads.ts'
import { addTokenRoutes } from './tokens/token-routes.ts'

/** A body has one token: that of an admin, or one to explain. */
const TOKEN_BODY_BYTES_MAX = 16_384

/** The routes with a smaller limit of their bodies, in bytes. */
export const CONSOLE_BODIES: ReadonlyMap<string, number> = new Map([
  ['POST /v1/session', TOKEN_BODY_BYTES_MAX],
  ['POST /v1/tokens/explain', TOKEN_BODY_BYTES_MAX],
])

/** Adds the console's JSON routes. They write nothing but sessions; orders are handed on to the gateway. */
export function addConsoleRoutes(app: Hono, parts: ConsoleParts): void {
  const { sendOrder, canVouch = false, publicUrl, openId } = parts
  const { clock } = parts.judging
  const { logger, audit, tokenLimits: limits, onTokenRefused: onRefused } = parts
  const guards = { clock, logger, audit, limits, onRefused }
  const attempts = new Attempts({ guessed: 'admin token', ...guards })
  const login = {
    ...parts,
    attempts,
    clock,
    canOrder: (by: 'token' | 'person') => sendOrder !== undefined && (by === 'token' || canVouch),
    endUrl: endUrlOf(openId),
  }
  if (parts.isSecure === true) app.use(onlyByHttps)
  app.use(hostGuard(publicUrl))
  addLoginRoute(app, login)
  addOpenIdRoutes(app, login)
  app.use('/v1/*', admission(login))
  addReplicaGuard(app, parts.replicaAge)
  addSessionRoutes(app, login)
  addProviderRoute(app, parts)
  addHealthRoute(app, parts)
  addStatusRoute(app, parts)
  addRegistryRoutes(app, parts)
  addQuarantineRoutes(app, parts)
  addTokenRoutes(app, parts)
  addEvidenceRoute(app, parts)
  addEdgeRoutes(app, parts)
  addEdgeHistoryRoute(app, parts)
  addSloRoutes(app, parts)
  addLatencyRoute(app, parts)
  addSearchRoute(app, parts)
  addOrderRoutes(app, sendOrder)
  addAuditRoutes(app, parts)
  const reads = new ValueReads({ audit, clock })
  addStreamRoute(app, { ...parts, reads })
  addChangeRoutes(app, { ...parts, reads })
  addSubjectRoutes(app, { ...parts, reads })
}

/** RFC 6797: for a year browsers ask this host by https alone. */
const onlyByHttps: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('strict-transport-security', 'max-age=31536000')
}

/** A logout always ends the session here, also if the provider does not answer. */
function endUrlOf(openId: OpenIdLogin | undefined): () => Promise<string | undefined> {
  return async () => (await openId?.provider.endUrl().catch(() => undefined))?.href
}
