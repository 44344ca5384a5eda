import type { Hono } from 'hono'

const json = (description: string): object => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})
const document = (summary: string): object => ({
  get: { summary, responses: { '200': json('The document') } },
})
const text = (summary: string): object => ({
  get: { summary, responses: { '200': { description: 'As the summary says' } } },
})

const form = {
  type: 'object',
  required: ['grant_type', 'subject_token', 'subject_token_type', 'audience'],
  properties: {
    grant_type: { const: 'urn:ietf:params:oauth:grant-type:token-exchange' },
    subject_token: { type: 'string' },
    subject_token_type: { type: 'string' },
    actor_token: { type: 'string' },
    actor_token_type: { type: 'string' },
    audience: { type: 'string' },
    resource: { type: 'string' },
    scope: { type: 'string' },
    requested_token_type: { type: 'string' },
  },
}

const exchange = {
  post: {
    summary: 'RFC 8693 token exchange: an identity token in, an enriched access token out',
    security: [{ client: [] }],
    requestBody: {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: form } },
    },
    responses: {
      '200': json('RFC 8693 §2.2.1'),
      '400': json('RFC 6749 §5.2, with `code`'),
      '401': json('invalid_client'),
      '413': { description: 'The body is too large' },
      '503': json('A source is silent, the claim in doubt, or the database away; Retry-After'),
    },
  },
}

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  app.get('/openapi.json', (c) =>
    c.json({
      openapi: '3.1.0',
      info: { title: 'Freshet authority', version: '0.1.0' },
      components: { securitySchemes: { client: { type: 'http', scheme: 'basic' } } },
      paths: {
        '/oauth/token': exchange,
        '/.well-known/oauth-authorization-server': document('RFC 8414 metadata'),
        '/.well-known/jwks.json': document('Keys of access tokens'),
        '/.well-known/freshet-checkpoints.jwks.json': document('Keys of checkpoints'),
        '/livez': text('This process answers'),
        '/readyz': text('Tokens can be minted'),
        '/metrics': text('Prometheus metrics'),
      },
    }),
  )
}
