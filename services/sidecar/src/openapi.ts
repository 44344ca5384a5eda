import {
  addOpenApiRoute,
  json,
  jsonAnswer,
  openApiDocument,
  problemForm,
  type OpenApiDocument,
  type OperationRefusals,
  type Operations,
} from '@freshet/runtime'
import { verdictSchema } from '@freshet/wire'
import type { Hono } from 'hono'
import * as z from 'zod'
import { checkForm } from './check-answer.ts'
import { questionForm } from './check-question.ts'

const text = z.string().optional()

/** A proxy's description of its request; it must set both headers itself. */
const forwarded = (method: string, target: string): z.ZodObject =>
  z.object({
    authorization: text.describe('The header of the client: Bearer or DPoP, and the access token'),
    dpop: text.describe('The DPoP proof of the client, if the token is bound to a key'),
    [method]: text.describe('The client’s method; needed if the sidecar has a registry'),
    [target]: text.describe('The client’s target, unchanged; needed if the sidecar has a registry'),
    traceparent: text.describe('The problem contains its trace id'),
  })

const configured = z.object({
  'require.{claim}': z.array(z.string()).optional().describe('Values that the token must carry'),
  risk: z.enum(['normal', 'high']).optional().describe('high: the authority judges each request'),
  audience: text.describe('Default: the audience of the sidecar'),
  enforce: text.describe('As in /v1/check; not if the sidecar has a registry'),
  name: text.describe('As in /v1/check; not if the sidecar has a registry'),
})

const allowed = {
  description: 'Allowed',
  headers: {
    'x-freshet-break-glass': 'The claims that a break-glass grant allows although unverified',
    'x-freshet-observed':
      'On an observed route: the code of the answer that it would have given, or stripped or allow',
  },
}
const challenge = { 'www-authenticate': 'The challenge' }
const nonce = {
  'dpop-nonce': 'The nonce of the next DPoP proof, if the sidecar asks for nonces',
}

/** The refusal in headers, for auth_request_set. */
const inHeaders = {
  'x-freshet-code': 'The error code',
  'x-freshet-status': 'The status of /authz/generic',
  'x-freshet-problem': 'Its body in ASCII; omitted above 2 KiB',
}

/** The refusal of a middleware. */
const edgeProblem = problemForm.extend({
  claims: z.array(z.string()).exactOptional().describe('The claims that are stale or unverified'),
  change: z.string().exactOptional().describe('The id of the change behind it'),
  traceId: z.string().exactOptional(),
})

const refused: OperationRefusals = {
  name: 'Refused',
  problem: edgeProblem,
  surfaces: ['service', 'edge', 'sidecar'],
  meanings: {
    400: 'A query that is not valid',
    401: 'No acceptable token, or a stale one',
    403: 'A required value is missing, or the registry declares no such route',
    503: 'The token is unverified',
  },
  headers: { 401: { ...challenge, ...nonce }, 403: challenge },
}

const operations: Operations = {
  'POST /v1/check': {
    id: 'checkToken',
    summary: 'Decides a request by its access token',
    body: json(questionForm),
    answers: { 200: jsonAnswer('The answer to every well-formed question', checkForm) },
    refusals: {
      name: 'Malformed',
      surfaces: ['service', 'sidecar'],
      meanings: {
        400: 'The body is no valid question, or it requires a descriptive claim',
        413: 'The body is too large',
        415: 'The content type is not supported here',
      },
    },
  },
  'GET /authz/generic': {
    id: 'authorizeRequest',
    summary:
      'Answers Caddy, Traefik and APISIX, which ask before they forward a request; any method',
    description:
      'The port for proxies (FRESHET_PROXY_PORT) also answers every path below this one: Envoy appends the path of the client. Method and target are then those of this request, and its query and X-Forwarded headers have no effect. The main port refuses such a path with 403.',
    headers: forwarded('x-forwarded-method', 'x-forwarded-uri'),
    query: configured,
    answers: { 200: allowed },
    refusals: refused,
  },
  'GET /authz/nginx': {
    id: 'authorizeNginxRequest',
    summary: 'Answers auth_request of nginx, which supports only these three answers',
    headers: forwarded('x-original-method', 'x-original-uri'),
    query: configured,
    answers: {
      204: allowed,
      401: { description: 'As /authz/generic', headers: { ...challenge, ...nonce, ...inHeaders } },
      403: {
        description: 'Every other refusal of /authz/generic',
        headers: { ...challenge, 'retry-after': 'Seconds', ...inHeaders },
      },
    },
  },
}

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  addOpenApiRoute(app, sidecarDocument)
}

function sidecarDocument(): OpenApiDocument {
  return openApiDocument({
    title: 'Freshet sidecar',
    description: 'One edge as a process, for services in other languages and for proxies.',
    forms: {
      CheckQuestion: questionForm,
      Check: checkForm,
      Verdict: verdictSchema,
      EdgeProblem: edgeProblem,
    },
    operations,
  })
}
