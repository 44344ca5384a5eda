import { BUILD, refusalResponses } from '@freshet/runtime'

const verdict = {
  type: 'object',
  required: ['verdict'],
  properties: {
    verdict: { enum: ['fresh', 'stale', 'unverified'] },
    reason: {
      type: 'string',
      description:
        'stale: the reason; unverified: authority-behind if the position of the authority is behind that of this edge, omitted-over or omitted-unverified if the token omits the claim',
    },
    change: { type: 'string', description: 'stale: id of the change that removed it' },
    source: { type: 'string', description: 'unverified: the silent source' },
    since: {
      type: 'string',
      format: 'date-time',
      description: 'unverified: the time at which the source was last heard',
    },
  },
}

const question = {
  type: 'object',
  required: ['token'],
  additionalProperties: false,
  properties: {
    token: { type: 'string' },
    audience: { type: 'string', description: "default: the sidecar's own" },
    require: {
      type: 'object',
      description: 'values that the token must carry; absent: every claim in it is judged',
      additionalProperties: { type: 'array', items: { type: 'string' } },
    },
    risk: {
      enum: ['normal', 'high'],
      description: 'high: the authority judges this request; without an authority it is denied',
    },
    name: {
      type: 'string',
      description: 'the name of the route, as break-glass grants have it: `POST /approve`',
    },
    enforce: {
      type: 'string',
      default: 'always',
      description:
        'always, or `observe until 2026-12-24`: until the end of that day in UTC no valid token is refused',
    },
    route: {
      type: 'string',
      description:
        'the route as the registry writes it (`POST /approve`): its requirements and policies apply too, and the risk is high',
    },
    facts: {
      type: 'object',
      description:
        'facts of the request that the policies of the route read; sent to the authority',
    },
    scheme: {
      enum: ['Bearer', 'DPoP'],
      description: 'the scheme of the token; default: DPoP if dpop is present, else Bearer',
    },
    method: { type: 'string', description: 'the method of the request, for a DPoP proof' },
    url: {
      type: 'string',
      description: 'the target or URL of the request, for a DPoP proof; only its path counts',
    },
    dpop: { type: 'string', description: 'the DPoP header of the request (RFC 9449)' },
    certificate: {
      type: 'string',
      contentEncoding: 'base64',
      description:
        'DER of the certificate of the client (RFC 8705), if FRESHET_PROOF has mtls without a header',
    },
  },
}

const answer = {
  type: 'object',
  required: ['decision', 'claims', 'viewAgeMs', 'status'],
  properties: {
    decision: { enum: ['allow', 'deny', 'challenge'] },
    claims: { type: 'object', additionalProperties: verdict },
    token: { ...verdict, description: 'present if no claim was judged: the token itself' },
    stripped: { type: 'array', items: { type: 'string' } },
    viewAgeMs: { type: ['number', 'null'] },
    validated: {
      const: true,
      description: 'the authority judged this request and allowed it',
    },
    breakGlass: {
      type: 'array',
      items: { type: 'object' },
      description:
        'claims that a break-glass grant allows although unverified: claim, opening (the id of the grant), until',
    },
    observed: { const: true, description: 'the route is observed: no valid token is refused' },
    would: { type: 'object', description: 'the answer that an observed route would have given' },
    code: { type: 'string' },
    detail: { type: 'string' },
    status: { enum: [200, 401, 403, 503], description: 'the answer that a middleware would give' },
    wwwAuthenticate: { type: 'string' },
  },
}

const json = (schema: object): object => ({ content: { 'application/json': { schema } } })
const text = { '200': { description: 'Text' } }

const header = (name: string, description: string): object => ({
  name,
  in: 'header',
  schema: { type: 'string' },
  description,
})
const query = (name: string, schema: object, description: string): object => ({
  name,
  in: 'query',
  schema,
  description,
})

/** A proxy's description of its request; it must set both headers itself. */
const forwarded = (method: string, target: string): readonly object[] => [
  header('authorization', 'the header of the client: Bearer or DPoP, and the access token'),
  header('dpop', 'the DPoP proof of the client, if the token is bound to a key'),
  header(method, 'the client’s method; needed if the sidecar has a registry'),
  header(target, 'the client’s target, unchanged; needed if the sidecar has a registry'),
  header('traceparent', 'the problem contains its trace id'),
  query(
    'require.{claim}',
    { type: 'array', items: { type: 'string' } },
    'values that the token must carry',
  ),
  query('risk', { enum: ['normal', 'high'] }, 'high: the authority judges each request'),
  query('audience', { type: 'string' }, 'default: the sidecar’s own'),
  query('enforce', { type: 'string' }, 'as in /v1/check; not if the sidecar has a registry'),
  query('name', { type: 'string' }, 'as in /v1/check; not if the sidecar has a registry'),
]

const refused = refusalResponses(['service', 'edge', 'sidecar'], {
  400: 'A query that is not valid',
  401: 'No acceptable token, or a stale one',
  403: 'A required value is missing, or the registry declares no such route',
  503: 'The token is unverified',
})
const challenge = { 'www-authenticate': { schema: { type: 'string' } } }
const observed = {
  'x-freshet-break-glass': {
    description: 'the claims that a break-glass grant allows although unverified',
    schema: { type: 'string' },
  },
  'x-freshet-observed': {
    description:
      'on an observed route: the code of the answer that it would have given, or stripped or allow',
    schema: { type: 'string' },
  },
}
const retry = { 'retry-after': { schema: { type: 'integer' } } }
const nonce = {
  'dpop-nonce': {
    description: 'the nonce of the next DPoP proof, if the sidecar asks for nonces',
    schema: { type: 'string' },
  },
}

const authz = {
  '/authz/generic': {
    get: {
      summary: 'For Caddy, Traefik and APISIX, which ask before they forward a request; any method',
      description:
        'The port for proxies (FRESHET_PROXY_PORT) also answers every path below this one: Envoy appends the path of the client. Method and target are then those of this request, and its query and X-Forwarded headers have no effect. The main port refuses such a path with 403.',
      parameters: forwarded('x-forwarded-method', 'x-forwarded-uri'),
      responses: {
        '200': { description: 'Allowed', headers: observed },
        '400': refused[400],
        '401': { ...refused[401], headers: { ...challenge, ...nonce } },
        '403': { ...refused[403], headers: challenge },
        '503': refused[503],
      },
    },
  },
  '/authz/nginx': {
    get: {
      summary: 'For auth_request of nginx, which supports only these three answers',
      parameters: forwarded('x-original-method', 'x-original-uri'),
      responses: {
        '204': { description: 'Allowed', headers: observed },
        '401': { description: 'As /authz/generic', headers: { ...challenge, ...nonce, ...said() } },
        '403': {
          description: 'Every other refusal of /authz/generic',
          headers: { ...challenge, ...retry, ...said() },
        },
      },
    },
  },
}

/** The refusal in headers, for auth_request_set. */
function said(): object {
  const held = (description: string): object => ({ description, schema: { type: 'string' } })
  return {
    'x-freshet-code': held('the error code'),
    'x-freshet-status': held('the status of /authz/generic'),
    'x-freshet-problem': held('its body in ASCII; omitted above 2 KiB'),
  }
}

/** The sidecar's API, as it describes itself. */
export const OPENAPI: object = {
  openapi: '3.1.0',
  info: { title: 'Freshet sidecar', version: BUILD.version },
  paths: {
    '/v1/check': {
      post: {
        summary: 'Decides a request by its access token',
        requestBody: { required: true, ...json(question) },
        responses: {
          '200': { description: 'The answer to every well-formed question', ...json(answer) },
          ...refusalResponses(['service', 'sidecar'], {
            400: 'The body is no valid question, or it requires a descriptive claim',
            413: 'The body is too large',
            415: 'The content type is not supported here',
          }),
        },
      },
    },
    ...authz,
    ...Object.fromEntries(
      ['/livez', '/readyz', '/metrics', '/v1/version'].map((path) => [
        path,
        { get: { responses: text } },
      ]),
    ),
  },
}
