import { edgesIn, edgeWorld } from '@freshet/testkit'
import { serveHttp, type OnRefusal } from '@freshet/runtime'
import { RoutesNow } from '../../services/sidecar/src/declared-routes.ts'
import { sidecarApp } from '../hostile/services/attacked-sidecar.ts'
import type { Served } from './answers.ts'

/** Longer than a sidecar goes on with the routes of another version. */
const SKEWED_MS = 301_000

/** A sidecar whose routes are of a version that is not in force any more. */
export async function sidecarSurface(): Promise<Served> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const edge = await edges.live()
  const reported: string[] = []
  let version = 1
  const routes = new RoutesNow({
    file: { version: 1, routes: new Map() },
    inForce: () => ({ version }),
    clock: world.clock,
  })
  const onRefusal: OnRefusal = ({ code }) => void reported.push(code)
  const { onPort } = sidecarApp(edge, world, { routes: routes.find, onRefusal })
  const server = await serveHttp({ app: onPort })
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
