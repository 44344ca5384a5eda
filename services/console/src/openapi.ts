import { BUILD, refusalResponses } from '@freshet/runtime'
import type { Hono } from 'hono'

const routes: Readonly<Record<string, string>> = {
  '/v1/changes/{id}':
    'The steps of a change with the clock of each, and the requests that edges allowed before they applied it',
  '/v1/stream':
    'Server-sent events: change, measured, edge, slo, and gap where events were omitted. Resumes by Last-Event-ID',
  '/v1/session': 'The caller, and the end of the session',
  '/v1/session/openid/provider':
    'Asks the identity provider whether it answers: its issuer, or 503 with `login.unavailable`',
  '/v1/changes': 'The latest changes with their steps (query: trace, limit)',
  '/v1/changes/{id}/tokens':
    'Outstanding tokens of the change’s subject, and for each the effect of the change or the reason for none',
  '/v1/audit':
    'Sealed entries of the audit, newest first, for operators (query: stream, kind, tenant, ref, limit)',
  '/v1/subjects/{sub}':
    'Changes and outstanding tokens of a subject (query: tenant, iss); a token of a foreign issuer names it in `issuer`, and is judged by `basis: time`',
  '/v1/tokens':
    'Tokens that carry or carried a value, for operators (query: tenant, claim, value, at, limit, after)',
  '/v1/tokens/{jti}':
    'The verdict on a token, claim by claim, with the reason; its claims at the mint, with policy version and source',
  '/v1/edges':
    'Edges by name with their status: synced, lagging, stale, starting, disconnected, closed. For each edge its decisions per second, its lag in each partition, whether its reports are signed (signed, unsigned, withdrawn), and the signing client (query: after, standing, limit up to 500). Beyond 500 edges also groups of them: the figures of a group hold for its worst edge',
  '/v1/edges/{edge}':
    'The recent history of an edge: the highest age of its view in each of the last 60 minutes, null where it was not live, and its last applied changes',
  '/v1/lag':
    'The lag of recording and of each edge, by partition, in records and in time; null where the broker does not answer',
  '/v1/latency':
    'The latency of live changes that took something away, by stage: counts by span of time and bucket, p50, p99 and maximum; null where a change did not reach the stage (query: stage, one of source, ingest, reconcile, publish, edge_apply, complete; hours, 1 to 168, default 24). isComplete: false where more than 20,000 were measured',
  '/v1/slos':
    'Every service level: good and valid events over its window, the rest of its budget, its burn rate, and its state: met, burning, breached, or without data',
  '/v1/slos/{name}':
    'One service level, with its history by day, the changes and edges that used its budget, and the latest measurements',
  '/v1/status':
    'The progress of each partition, the status of each source, the break-glass grants in force, and the number of quarantined records',
  '/v1/evidence':
    'A present measurement for each control that a framework asks for; unknown without one',
  '/v1/quarantine':
    'Quarantined records, oldest first, with a count for each reason (query: state, source, tenant, reason, topic, before, limit, after)',
  '/v1/quarantine/{id}':
    'A quarantined record: reason, rule and position, headers, and the claims in doubt because of it',
  '/v1/quarantine/{id}/record':
    'Its raw bytes, base64, for operators; the name of the reader is logged',
  '/v1/registry':
    'The content of the active version without keys and secrets, the findings of lint, and for each of the last 50 versions the publisher, the activating admin, the times and the reason',
  '/v1/registry/usage':
    'The use of each claim at each audience on the last days (query: days, 1 to 90, default 28), and the differences of a registry without the unused claims',
  '/v1/registry/outstanding':
    'Outstanding tokens, counted by tenant, audience, client and claims; isComplete: false beyond 1,000,000',
}

const goesOn = (status: string, description: string) => ({ [status]: { description } })

/** The routes that are open without a login. */
const openRoutes: Readonly<Record<string, readonly [status: object, summary: string]>> = {
  '/v1/session/ways': [{}, 'The ways to log in: by a token, and by which identity provider'],
  '/v1/session/openid': [
    goesOn('302', 'Redirect to the provider'),
    'Begins a login by the identity provider (query: to, the page to come back to)',
  ],
  '/v1/session/openid/callback': [
    goesOn('303', 'Logged in, redirect to the page; otherwise a page or a problem with the reason'),
    'The redirect URI for the provider (query: code, state, iss, or error)',
  ],
}

const refused = refusalResponses(['service', 'console'])
const answers = {
  '200': { description: 'JSON' },
  ...Object.fromEntries(
    Object.keys(refused).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
  ),
}

/** The document of the console's routes. */
export function addOpenApi(app: Hono): void {
  const paths = Object.fromEntries(
    Object.entries(routes).map(([path, summary]) => [
      path,
      { get: { summary, security: [{ admin: [] }], responses: answers } },
    ]),
  )
  const post = (summary: string, security: object[] = [{ admin: [] }]): object => {
    return { post: { summary, security, responses: answers } }
  }
  const logins = Object.fromEntries(
    Object.entries(openRoutes).map(([path, [status, summary]]) => [
      path,
      { get: { summary, security: [], responses: { ...answers, ...status } } },
    ]),
  )
  const posts = {
    '/v1/tokens/explain': post('The same for a whole token, which must not be in a URL'),
    '/v1/quarantine/{id}/replay': post('Forwarded to the gateway, in the admin’s name'),
    '/v1/quarantine/{id}/drop': post('Forwarded to the gateway, in the admin’s name'),
    '/v1/session/openid/logout': post(
      'A logout notification of the identity provider (form: logout_token)',
      [],
    ),
    '/v1/session': {
      ...paths['/v1/session'],
      ...post('Logs a browser in by an admin’s token, with a cookie', []),
      delete: { summary: 'Logs it out', security: [{ admin: [] }], responses: answers },
    },
  }
  const text = { '200': { description: 'Text' } }
  const shared = Object.fromEntries(
    ['/livez', '/readyz', '/metrics', '/v1/version'].map((path) => [
      path,
      { get: { security: [], responses: text } },
    ]),
  )
  app.get('/openapi.json', (c) =>
    c.json({
      openapi: '3.1.0',
      info: { title: 'Freshet console', version: BUILD.version },
      components: {
        securitySchemes: { admin: { type: 'http', scheme: 'bearer' } },
        responses: refused,
      },
      paths: { ...paths, ...logins, ...posts, ...shared },
    }),
  )
}
