import { addOpenApiRoute, openApiDocument } from '@freshet/runtime'
import type { Hono } from 'hono'

/** Adds `/openapi.json`. The process has only the routes of every service. */
export function addOpenApi(app: Hono): void {
  addOpenApiRoute(app, () =>
    openApiDocument({
      title: 'Freshet connect',
      description: 'Its work is visible in its health and metrics.',
      forms: {},
      operations: {},
    }),
  )
}
