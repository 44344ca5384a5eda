import { edgesIn, edgeWorld, EDGE_AUDIENCE } from '@freshet/testkit'
import { serveHttp } from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { onMainPort } from '../../services/sidecar/src/authz-ports.ts'
import { addAuthzRoutes } from '../../services/sidecar/src/authz-routes.ts'
import { RoutesNow } from '../../services/sidecar/src/declared-routes.ts'
import { addSidecarRoutes } from '../../services/sidecar/src/routes.ts'
import { quietApp } from '../hostile/services/quiet-app.ts'
import type { Served } from './answers.ts'

/** Longer than a sidecar goes on with the routes of another version. */
const SKEWED_MS = 301_000

/** A sidecar whose routes are of a version that is not in force any more. */
export async function sidecarSurface(): Promise<Served> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const edge = await edges.live()
  const metrics = edgeMetrics(createMetrics({ version: '0', commit: '0' }))
  const reported: string[] = []
  const app = quietApp(world.clock, ({ code }) => void reported.push(code))
  let version = 1
  const routes = new RoutesNow({
    file: { version: 1, routes: new Map() },
    inForce: () => ({ version }),
    clock: world.clock,
  })
  addSidecarRoutes(app, { edge, metrics })
  addAuthzRoutes(app, { edge, metrics, audience: EDGE_AUDIENCE, routes: routes.find })
  const server = await serveHttp({ app: onMainPort(app) })
  const proxied = (query = ''): Promise<Response> => {
    const headers = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/unknown' }
    return fetch(new URL(`/authz/generic${query}`, server.url), { headers })
  }
  return {
    reported,
    provocations: {
      'request.malformed': () => proxied('?risk=other'),
      'request.forbidden': () => proxied(),
      'request.media-type': () => {
        const headers = { 'content-type': 'text/plain' }
        return fetch(new URL('/v1/check', server.url), { method: 'POST', headers, body: 'x' })
      },
      'registry.not-loaded': async () => {
        version = 2
        routes.compare()
        await world.clock.advance(SKEWED_MS)
        return proxied()
      },
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await edges.closeAll()
    },
  }
}
