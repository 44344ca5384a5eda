import { BUILD } from '@freshet/runtime'
import type { Hono } from 'hono'

const text = { '200': { description: 'As the path says' } }

/** The reconciler has no routes of its own: what it does is seen in its health and metrics. */
export function addOpenApi(app: Hono): void {
  app.get('/openapi.json', (c) =>
    c.json({
      openapi: '3.1.0',
      info: { title: 'Freshet reconciler', version: BUILD.version },
      paths: Object.fromEntries(
        ['/livez', '/readyz', '/metrics', '/v1/version'].map((path) => [
          path,
          { get: { responses: text } },
        ]),
      ),
    }),
  )
}
