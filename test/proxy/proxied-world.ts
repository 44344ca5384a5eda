import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createBareApp, createLogger, serveHttp } from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { edgesIn, edgeWorld, type EdgeWorld } from '@freshet/testkit'
import { onProxyPort } from '../../services/sidecar/src/authz-ports.ts'
import { addAuthzRoutes } from '../../services/sidecar/src/authz-routes.ts'
import type { DeclaredRoutes } from '../../services/sidecar/src/declared-routes.ts'

/** A client's request to the service. */
export interface ClientRequest {
  readonly method?: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** A sidecar in a world, and a service that answers `reached`, for a proxy between them. */
export interface ProxiedWorld extends AsyncDisposable {
  readonly world: EdgeWorld
  readonly ports: { readonly sidecar: number; readonly service: number }
  /** The requests that reached the service. */
  readonly reached: string[]
  readonly endSidecar: () => Promise<void>
}

/** Every route is declared except those below `/admin`; the query has the requirements. */
const routes: DeclaredRoutes = (_audience, { target }) =>
  target.startsWith('/admin') ? undefined : {}

/** Starts both. */
export async function proxiedWorld(): Promise<ProxiedWorld> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const edge = await edges.live()
  const metrics = createMetrics({ version: '0', commit: '0' })
  const app = createBareApp({ logger: createLogger('sidecar', 'silent'), clock: world.clock })
  addAuthzRoutes(app, { edge, metrics: edgeMetrics(metrics), audience: 'payments', routes })
  const sidecar = await serveHttp({ app: onProxyPort(app) })
  const reached: string[] = []
  const service = createServer(async (request, answer) => {
    const { length } = await buffer(request)
    reached.push(`${request.method} ${request.url}${length > 0 ? `, ${length} bytes` : ''}`)
    if (request.url === '/teapot') answer.writeHead(403, { 'x-by': 'service' })
    answer.end('reached')
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { port } = service.address() as AddressInfo
  return {
    world,
    ports: { sidecar: sidecar.port, service: port },
    reached,
    endSidecar: () => sidecar.close(),
    async [Symbol.asyncDispose]() {
      service.close()
      service.closeAllConnections()
      await sidecar.close()
      await edges.closeAll()
    },
  }
}

/** Sends a request through a proxy. */
export function askBy(
  url: string,
): (path: string, token?: string, request?: ClientRequest) => Promise<Response> {
  return (path, token, request = {}) =>
    fetch(`${url}${path}`, {
      ...request,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...request.headers,
      },
    })
}
