import type { Hono } from 'hono'

const object = { type: 'object' }
const problem = { content: { 'application/problem+json': { schema: object } } }
const refusals = Object.fromEntries(
  [
    ['400', 'Not JSON'],
    ['401', 'No signature of a source, or one that was used before'],
    ['403', 'The source may not say this'],
    ['409', 'Other content under an id, an unexpected sequence, or something not acknowledged'],
    ['413', 'Too large'],
    ['415', 'A kind of body that is not read here'],
    ['422', 'Rules of the body are broken; errors[] tells which and where'],
    ['429', 'A limit is reached'],
    ['503', 'Broker or database do not answer; send the same again'],
  ].map(([status, description]) => [status, { description, ...problem }]),
)
const json = (description: string) => ({
  description,
  content: { 'application/json': { schema: object } },
})
const body = (...types: readonly string[]) => ({
  required: true,
  content: Object.fromEntries(types.map((type) => [type, { schema: {} }])),
})

const changes = {
  post: {
    summary: 'One change, or an array of at most 500; answered after the broker acknowledged it',
    requestBody: body(
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
      'application/jose',
      'application/secevent+jwt',
    ),
    responses: { '202': json('id, partition and offset of each'), ...refusals },
  },
}
const heartbeats = {
  post: {
    summary: 'Everything committed up to `through` has been answered 202',
    requestBody: body('application/json', 'application/jose'),
    responses: { '202': json('What was taken'), ...refusals },
  },
}
const source = {
  get: {
    summary: 'What a source sees of itself',
    parameters: [
      { name: 'source', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'tenant', in: 'query', schema: { type: 'string' } },
    ],
    responses: { '200': json('Its feeds'), ...refusals },
  },
}
const text = (summary: string) => ({
  get: { summary, responses: { '200': { description: 'ok' } } },
})

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  app.get('/openapi.json', (c) =>
    c.json({
      openapi: '3.1.0',
      info: { title: 'Freshet gateway', version: '0.1.0' },
      components: {
        securitySchemes: { source: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
      security: [{ source: [] }, {}],
      paths: {
        '/v1/changes': changes,
        '/v1/heartbeats': heartbeats,
        '/v1/sources/{source}': source,
        '/livez': text('This process answers'),
        '/readyz': text('It can do its part now'),
        '/metrics': text('Prometheus metrics'),
      },
    }),
  )
}
