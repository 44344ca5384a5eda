import type { Hono } from 'hono'

const routes: Readonly<Record<string, string>> = {
  '/v1/changes/{id}':
    'The way of a change, with the clock of every step, and what was let in before edges had applied it',
  '/v1/stream':
    'What happens, as server-sent events: change, measured, edge, slo; gap where something was left out. Resumes by Last-Event-ID',
  '/v1/session': 'Who asks, and until when a session lasts',
  '/v1/session/openid/provider':
    'Asks the identity provider whether it answers: its issuer, or 503 with `login.unavailable`',
  '/v1/changes': 'The latest changes with their ways (query: trace, limit)',
  '/v1/changes/{id}/tokens':
    'Outstanding tokens of the change’s subject, and what it did to each; why it did not, where it did not',
  '/v1/audit':
    'Sealed entries of the audit, newest first, for operators (query: stream, kind, tenant, ref, limit)',
  '/v1/subjects/{sub}':
    'Changes and outstanding tokens of a subject (query: tenant, iss); a token of a foreign issuer names it in `issuer`, and is judged by `basis: time`',
  '/v1/tokens':
    'Tokens that carry or carried a value, for operators (query: tenant, claim, value, at, limit, after)',
  '/v1/tokens/{jti}':
    'Why a token is or is not stale, claim by claim; what it carried, by which version, from which source',
  '/v1/edges':
    'Edges by name with their standing: synced, lagging, stale, starting, disconnected, closed; what each decides per second, and how far it is behind in each partition, and whether its reports are signed (signed, unsigned, withdrawn) and by which client (query: after, standing, limit up to 500). Beyond 500 edges groups of them, too: what is said of a group holds for the worst of it',
  '/v1/edges/{edge}':
    'How an edge stood lately: the oldest that its view was in each of the last 60 minutes, null where it was not live, and what it applied last',
  '/v1/lag':
    'How far recording and each edge are behind their topics, by partition, in records and in time; null where the broker does not answer',
  '/v1/latency':
    'Where live changes that took something away spent their time: by stage, counts by span of time and bucket, and 50 %, 99 % and the most; null where one never came so far (query: stage, one of source, ingest, reconcile, publish, edge_apply, complete; hours, 1 to 168, default 24). isComplete: false where more than 20,000 ended',
  '/v1/slos':
    'Every service level: good of valid over its window, what is left of its budget, how fast it burns, and whether it is met, burning, breached, or without data',
  '/v1/slos/{name}':
    'One of them, with its history by day, the changes and edges that burned it, and what was measured last',
  '/v1/status':
    'How far each partition came, how each source stands, what is open (break-glass), what is parked',
  '/v1/evidence':
    'What is measured now about each control that frameworks ask for; unknown where nothing was',
  '/v1/quarantine':
    'Parked records, oldest first, with a count for each reason (query: state, source, tenant, reason, topic, before, limit, after)',
  '/v1/quarantine/{id}':
    'A parked record: reason, rule and place, headers, and what is in doubt because of it',
  '/v1/quarantine/{id}/record': 'Its raw bytes, base64, for operators; who reads them is logged',
  '/v1/registry':
    'All that the active version says, but keys and secrets; what lint finds in it; who published and activated each of the last 50 versions, when and why',
  '/v1/registry/usage':
    'How each audience used the claims that its tokens carry on the last days (query: days, 1 to 90, default 28), and what a registry without the unused ones says otherwise',
  '/v1/registry/outstanding':
    'Outstanding tokens, counted by tenant, audience, client and claims; isComplete: false beyond 1,000,000',
}

const goesOn = (status: string, description: string) => ({ [status]: { description } })

/** The routes that are open without a login. */
const openRoutes: Readonly<Record<string, readonly [status: object, summary: string]>> = {
  '/v1/session/ways': [{}, 'How one logs in here: by tokens, and by which identity provider'],
  '/v1/session/openid': [
    goesOn('302', 'On to the provider'),
    'Begins a login by the identity provider (query: to, the page to come back to)',
  ],
  '/v1/session/openid/callback': [
    goesOn('303', 'Logged in, on to the page; else a page or a problem that says why'),
    'Where the provider sends the browser back (query: code, state, iss, or error)',
  ],
}

/** The document of the console's routes. */
export function addOpenApi(app: Hono): void {
  const answers = { '200': { description: 'JSON' }, default: { description: 'RFC 9457' } }
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
    '/v1/tokens/explain': post('The same for a whole token, which must not stand in a URL'),
    '/v1/quarantine/{id}/replay': post('Handed on to the gateway, in the admin’s name'),
    '/v1/quarantine/{id}/drop': post('Handed on to the gateway, in the admin’s name'),
    '/v1/session/openid/logout': post(
      'The identity provider says who logged out there (form: logout_token)',
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
    ['/livez', '/readyz', '/metrics'].map((path) => [
      path,
      { get: { security: [], responses: text } },
    ]),
  )
  app.get('/openapi.json', (c) =>
    c.json({
      openapi: '3.1.0',
      info: { title: 'Freshet console', version: '0.1.0' },
      components: { securitySchemes: { admin: { type: 'http', scheme: 'bearer' } } },
      paths: { ...paths, ...logins, ...posts, ...shared },
    }),
  )
}
