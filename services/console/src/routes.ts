import { FreshetError, subjectKey } from '@freshet/domain'
import { bearerAdmin, requireRole, type AdminToken } from '@freshet/runtime'
import type { Hono, MiddlewareHandler } from 'hono'
import { API_VERSION, type ConsoleParts } from './console-parts.ts'
import { addEvidenceRoute } from './evidence-route.ts'
import { pipelineJson } from './pipeline-json.ts'
import { addEdgeRoutes } from './edge-routes.ts'
import { addQuarantineRoutes } from './quarantine-routes.ts'
import { addRegistryRoutes } from './registry-routes.ts'
import { addSloRoutes } from './slo-routes.ts'
import { addTokenRoutes } from './token-routes.ts'
import { subjectViewJson, timelineJson } from './wire.ts'

/** Adds the console's JSON routes. All are read-only. */
export function addConsoleRoutes(app: Hono, parts: ConsoleParts): void {
  const { observatory } = parts
  app.use('/v1/*', viewersOnly(parts.admins))
  addStandingRoutes(app, parts)
  addRegistryRoutes(app, parts)
  addQuarantineRoutes(app, parts)
  addTokenRoutes(app, parts)
  addEvidenceRoute(app, parts)
  addEdgeRoutes(app, parts)
  addSloRoutes(app, parts)
  app.get('/v1/changes/:id', async (c) => {
    const timelines = await observatory.change(c.req.param('id'))
    if (timelines.length === 0) throw unknown('change')
    return c.json({ apiVersion: API_VERSION, items: timelines.map(timelineJson) })
  })
  app.get('/v1/subjects/:sub', async (c) => {
    const { tenant, iss } = c.req.query()
    if (!tenant || !iss) {
      throw new FreshetError('request.malformed', 'Query parameters tenant and iss are required.')
    }
    const view = await observatory.subject(subjectKey({ tenant, iss, sub: c.req.param('sub') }))
    return c.json({ apiVersion: API_VERSION, ...subjectViewJson(view) })
  })
}

/** How everything stands now. */
function addStandingRoutes(app: Hono, { observatory, loaded, reader }: ConsoleParts): void {
  app.get('/v1/status', async (c) => {
    const policy = loaded()
    const view = await observatory.pipeline(policy.registry, reader)
    return c.json({ apiVersion: API_VERSION, ...pipelineJson(view, policy) })
  })
}

function viewersOnly(admins: readonly AdminToken[]): MiddlewareHandler {
  return async (c, next) => {
    requireRole(bearerAdmin(c.req.header('authorization'), admins), 'viewer')
    await next()
  }
}

function unknown(thing: string): FreshetError {
  return new FreshetError('request.not-found', `No ${thing} of that id is known.`)
}
