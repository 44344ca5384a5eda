import { BUILD } from '@freshet/runtime'
import type { Hono } from 'hono'
import { evaluationPaths } from './openapi-evaluation.ts'
import { oauthPaths } from './openapi-oauth.ts'

const document = (summary: string): object => ({
  get: {
    summary,
    responses: {
      '200': {
        description: 'The document',
        content: { 'application/json': { schema: { type: 'object' } } },
      },
    },
  },
})
const text = (summary: string): object => ({
  get: { summary, responses: { '200': { description: 'Text' } } },
})

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  app.get('/openapi.json', (c) =>
    c.json({
      openapi: '3.1.0',
      info: { title: 'Freshet authority', version: BUILD.version },
      components: {
        securitySchemes: {
          client: {
            type: 'http',
            scheme: 'basic',
            description:
              'client_secret_basic; or, without a header, private_key_jwt by `client_assertion` ' +
              'in the form (RFC 7523). A request uses one of them.',
          },
          assertion: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'private_key_jwt for a body that is no form: the same assertion as a bearer token',
          },
        },
      },
      paths: {
        ...oauthPaths,
        ...evaluationPaths,
        '/.well-known/authzen-configuration': document(
          'AuthZEN metadata: the address of the decision endpoint',
        ),
        '/.well-known/oauth-authorization-server': document('RFC 8414 metadata'),
        '/.well-known/jwks.json': document('Keys of access tokens'),
        '/.well-known/freshet-checkpoints.jwks.json': document('Keys of checkpoints'),
        '/livez': text('This process answers'),
        '/readyz': text('Tokens can be minted'),
        '/metrics': text('Prometheus metrics'),
        '/v1/version': document('Version and commit of this build, and the version of Node.js'),
      },
    }),
  )
}
