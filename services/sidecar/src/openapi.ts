const verdict = {
  type: 'object',
  required: ['verdict'],
  properties: {
    verdict: { enum: ['fresh', 'stale', 'unverified'] },
    reason: { type: 'string', description: 'stale: why' },
    change: { type: 'string', description: 'stale: id of the change that took it away' },
    source: { type: 'string', description: 'unverified: who is silent' },
    since: { type: 'string', format: 'date-time', description: 'unverified: last heard up to' },
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
    risk: { enum: ['normal', 'high'] },
  },
}

const answer = {
  type: 'object',
  required: ['decision', 'claims', 'viewAgeMs', 'status'],
  properties: {
    decision: { enum: ['allow', 'deny', 'challenge'] },
    claims: { type: 'object', additionalProperties: verdict },
    token: { ...verdict, description: 'where no claim was to be judged: the token itself' },
    stripped: { type: 'array', items: { type: 'string' } },
    viewAgeMs: { type: ['number', 'null'] },
    code: { type: 'string' },
    detail: { type: 'string' },
    status: { enum: [200, 401, 403, 503], description: 'what a middleware would answer' },
    wwwAuthenticate: { type: 'string' },
  },
}

const json = (schema: object): object => ({ content: { 'application/json': { schema } } })
const problem = { description: 'RFC 9457 problem' }
const text = { '200': { description: 'As the path says' } }

/** The sidecar's API, as it describes itself. */
export const OPENAPI: object = {
  openapi: '3.1.0',
  info: { title: 'Freshet sidecar', version: '0.1.0' },
  paths: {
    '/v1/check': {
      post: {
        summary: 'Decides a request by its access token',
        requestBody: { required: true, ...json(question) },
        responses: {
          '200': { description: 'Every well-formed question', ...json(answer) },
          '400': { description: 'No question, or one that requires a descriptive claim' },
          '413': problem,
        },
      },
    },
    ...Object.fromEntries(
      ['/livez', '/readyz', '/metrics'].map((path) => [path, { get: { responses: text } }]),
    ),
  },
}
