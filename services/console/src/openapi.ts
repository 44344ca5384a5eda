import { answerForms } from '@freshet/insight/answers'
import { addOpenApiRoute, openApiDocument, type OpenApiDocument } from '@freshet/runtime'
import type { Hono } from 'hono'
import { loginForm } from './admission/session-routes.ts'
import { sessionOperations } from './openapi-sessions.ts'
import { viewOperations } from './openapi-views.ts'
import { tokenQuestionForm } from './tokens/token-routes.ts'

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  addOpenApiRoute(app, consoleDocument)
}

function consoleDocument(): OpenApiDocument {
  return openApiDocument({
    title: 'Freshet console',
    description: 'The way of changes and tokens, and the state of edges, for admins.',
    securitySchemes: {
      admin: {
        type: 'http',
        scheme: 'bearer',
        description: 'The token of an admin. A browser sends the cookie of its session instead.',
      },
    },
    forms: { ...answerForms, Login: loginForm, TokenQuestion: tokenQuestionForm },
    operations: { ...sessionOperations, ...viewOperations },
  })
}
