import type { AuthorityMetadata, DecisionPointMetadata } from '@freshet/authority'
import {
  addOpenApiRoute,
  jsonAnswer,
  openApiDocument,
  type OpenApiDocument,
  type Operation,
} from '@freshet/runtime'
import type { Hono } from 'hono'
import * as z from 'zod'
import { evaluationForms, evaluationOperations } from './openapi-evaluation.ts'
import { oauthForms, oauthOperations } from './openapi-oauth.ts'

const names = z.array(z.string())

const metadata = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  introspection_endpoint: z.string(),
  revocation_endpoint: z.string(),
  jwks_uri: z.string(),
  freshet_checkpoints_jwks_uri: z.string(),
  response_types_supported: names,
  grant_types_supported: names,
  scopes_supported: names,
  token_endpoint_auth_methods_supported: names,
  token_endpoint_auth_signing_alg_values_supported: names,
  introspection_endpoint_auth_methods_supported: names,
  introspection_endpoint_auth_signing_alg_values_supported: names,
  revocation_endpoint_auth_methods_supported: names,
  revocation_endpoint_auth_signing_alg_values_supported: names,
}) satisfies z.ZodType<AuthorityMetadata>

const decisionPoint = z.object({
  policy_decision_point: z.string(),
  access_evaluation_endpoint: z.string(),
}) satisfies z.ZodType<DecisionPointMetadata>

const jwks = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() })),
})

const document = (id: string, summary: string, schema: z.ZodType): Operation => ({
  id,
  summary,
  answers: { 200: jsonAnswer('The document', schema) },
})

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  addOpenApiRoute(app, authorityDocument)
}

function authorityDocument(): OpenApiDocument {
  return openApiDocument({
    title: 'Freshet authority',
    description: 'Tokens, their state, and decisions about high-risk requests.',
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
    forms: {
      ...oauthForms,
      ...evaluationForms,
      AuthorityMetadata: metadata,
      DecisionPointMetadata: decisionPoint,
      KeySet: jwks,
    },
    operations: {
      ...oauthOperations,
      ...evaluationOperations,
      'GET /.well-known/authzen-configuration': document(
        'getDecisionPointMetadata',
        'AuthZEN metadata: the address of the decision endpoint',
        decisionPoint,
      ),
      'GET /.well-known/oauth-authorization-server': document(
        'getAuthorityMetadata',
        'RFC 8414 metadata',
        metadata,
      ),
      'GET /.well-known/jwks.json': document('getTokenKeys', 'Keys of access tokens', jwks),
      'GET /.well-known/freshet-checkpoints.jwks.json': document(
        'getCheckpointKeys',
        'Keys of checkpoints',
        jwks,
      ),
    },
  })
}
