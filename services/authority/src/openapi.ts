import type { AuthorityMetadata, DecisionPointMetadata } from '@freshet/authority'
import {
  addOpenApiRoute,
  jsonAnswer,
  openApiDocument,
  type OpenApiDocument,
  type Operation,
  json,
  type Operations,
} from '@freshet/runtime'
import { evaluationAnswerSchema, evaluationSchema } from '@freshet/wire'
import type { Hono } from 'hono'
import * as z from 'zod'
import { EVALUATION_BYTES_MAX } from './evaluation-route.ts'
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

/** The request and its answer for readers. The schemas beside it define what is read and written. */
const description = `A resource server sends this request for each request to a high-risk route, about one token. It asks
whether this subject can use these claims of its token at this audience, or make this request to a route
of it, as far as the authority knows.

\`subject.id\` is the token’s \`sub\`. \`resource\` has the type \`audience\` and names an audience of the
token that the client \`introspects\`. \`action.name\` is \`use-claims\` or a route. With \`use-claims\` the
route itself decides what the claims permit. A route of the audience is named as in the registry
(\`POST /approve\`). Then the token must carry the claims that the route requires. The policies that the
route names must permit the request, by the present state of the subject at its sources. Every other
action is denied.
\`action.properties.risk\` is \`high\` if the request needs this answer. With \`use-claims\` it is denied
(\`policy.unnamed\`) at an audience that has policies. \`action.properties.require\` has the values that the
subject must have, by claim, at most 64 for each. For a claim that the token omits, the authority compares
these values with the present ones of the source. If the subject has all of them, \`context.held\` names the
claim. Without values such a claim is \`unverified\` with the reason \`omitted-over\` or \`omitted-unverified\`.

\`context.token\` is the access token. \`context.claims\` has the names of the claims that will be used,
present in the token or not, at most 64. If it is absent, all authoritative claims of the token are judged;
if it is empty, the token itself. \`context.positions\` has the caller’s position in each partition of the
change topic (\`partition\`, incarnation \`e\`, next \`offset\`; both as decimal strings), each partition once.
If the authority’s position is behind one of them, it answers \`unverified\` with the reason
\`authority-behind\`. Every other member of \`context\` is a fact of the request, which policies read as
\`context\`: together at most 4 KiB of JSON, 8 levels, whole numbers.

\`decision\` is true only if every claim is fresh now, by the watermarks of the primary database and the
authority’s own leases of the sources. The answer is valid for one request. \`context.code\` is
\`token.invalid\` for a token that is not in force or not in the ledger: the holder needs a new one. It is
\`token.insufficient\` if the token does not carry a claim that the route requires. docs/errors.md explains
\`policy.denied\`, \`policy.context\`, \`policy.failed\` and \`policy.late\`.
\`context.policies\` names the policies that decided, by file and line or by their \`@id\`.
\`context.jti\` and \`context.tenant\` name the judged token.`

/** The meaning of each status at this route. */
const meanings = {
  400: 'The body is no valid question, or the client authenticates in two ways',
  401: 'The client is not authenticated',
  403: 'The client is no resource server of this audience',
  413: `The body has more than ${EVALUATION_BYTES_MAX} bytes`,
  415: 'The body is not JSON',
  429: 'Too many wrong credentials of this client, or from this address, came; Retry-After',
  500: 'The authority cannot work until a person acts; its log has the cause',
  503: 'The database is unavailable, or a standby; Retry-After',
} as const

/** The components of run-time validation. */
const evaluationForms = {
  Evaluation: evaluationSchema,
  EvaluationAnswer: evaluationAnswerSchema,
} as const

/** Run-time validation (AuthZEN Authorization API 1.0). */
const evaluationOperations: Operations = {
  'POST /access/v1/evaluation': {
    id: 'evaluateAccess',
    summary: 'Run-time validation of a high-risk request (AuthZEN 1.0)',
    description,
    security: ['client', 'assertion'],
    headers: z.object({
      'x-request-id': z.string().optional().describe('echoed: 1 to 128 visible ASCII characters'),
    }),
    body: json(evaluationSchema),
    answers: {
      200: jsonAnswer(
        'The answer to every valid question; a denial has `decision: false`',
        evaluationAnswerSchema,
      ),
    },
    refusals: { name: 'Undecided', surfaces: ['service', 'evaluation'], meanings },
  },
}
