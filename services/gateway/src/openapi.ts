import { addOpenApiRoute, openApiDocument, type OpenApiDocument } from '@freshet/runtime'
import type { Hono } from 'hono'
import { orderForms, orderOperations } from './openapi-orders.ts'
import { sourceForms, sourceOperations } from './openapi-sources.ts'

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  addOpenApiRoute(app, gatewayDocument)
}

function gatewayDocument(): OpenApiDocument {
  return openApiDocument({
    title: 'Freshet gateway',
    description: 'The API for sources, and the orders of operators.',
    securitySchemes: {
      source: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'A source signs a new assertion for each request, or it signs the body.',
      },
      admin: { type: 'http', scheme: 'bearer', description: 'The token of an admin.' },
      voucher: {
        type: 'http',
        scheme: 'voucher',
        description: 'A console signs it for one order of a logged-in user (docs/console.md).',
      },
    },
    forms: { ...orderForms, ...sourceForms },
    operations: { ...sourceOperations, ...orderOperations },
  })
}
