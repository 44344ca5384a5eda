import { BUILD } from '@freshet/runtime'
import type { Hono } from 'hono'
import { body, json, refusals } from './openapi-bodies.ts'

const source = [{ source: [] }, {}]
const admin = [{ admin: [] }, { voucher: [] }]

const changes = {
  post: {
    summary: 'One change, or an array of at most 500; answered after the broker acknowledged it',
    description: `A change is a CloudEvent: structured (application/cloudevents+json), batched (an
array of them, in either type of CloudEvents), binary (application/json with ce- headers), or in a
body that the source signs (application/jose, or a SET as application/secevent+jwt).

A batch is answered item by item, in its order, in \`items\`: 202 with id, partition and offset, or a
problem. The whole answer is 202 if every item is. Otherwise it has the status of a problem, 503 and 429
first. So a client that reads only the status sends the whole batch again.

A source can send an event again after any answer or none. The gateway recognises an event by its tenant,
source and id: the event keeps its first position and gets the same answer. The same id with other content
is 409. If a gateway dies after it stored an event, this gateway or another one produces it, even if the
source does not send it again. An event with the answer 202 is on the topic. Another event can be on it too.

If a batch reaches a limit of its source, its first events are accepted and each of the others is 429,
with \`retryAfter\` in seconds.`,
    security: source,
    requestBody: body(
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
      'application/jose',
      'application/secevent+jwt',
    ),
    responses: {
      '202': json('id, partition and offset, or items with those of each'),
      ...refusals(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
  },
}
const heartbeats = {
  post: {
    summary: 'Everything committed up to `through` has been answered 202',
    description: `Read the clock before you read the end of the feed. A heartbeat never waits for changes. The body is
\`{tenant, through, sequence?}\`, or for at most 1,000 tenants \`{through, tenants: [{tenant, sequence?}]}\`.
That is answered tenant by tenant in \`items\`, like a batch of changes. A refused tenant does not affect the others.`,
    security: source,
    requestBody: body('application/json', 'application/jose'),
    responses: {
      '202': json('The accepted heartbeat, or items with that of each tenant'),
      ...refusals(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
  },
}
const sources = {
  get: {
    summary:
      'The state of a source, for the source itself; an admin with any role sees every source',
    description: `For each tenant: \`lastAccepted\`. For a dense source \`next\`, \`holes\` (sequence numbers that are missing) and \`above\`
(the number that follows once these are closed). \`unacknowledged\`. \`through\`, and whether its \`lease\` is current.
\`latency\` from commit to broker of the last 1,000 events. \`quarantine\`: records that were refused on the
topic, with rule and position. \`partitions\`, with the numbers that \`through\` waits for. \`missed\`: the number of
missed changes that the snapshots of 35 days found. \`contradictions\`: the number of subjects for which this
source and another one state different values, and the newest of them, with the versions of both. \`statement\`: the
state of the newest snapshot in each partition (awaited, open, held, ending, ended, void), and its missed changes.
With \`only=sequence\` and a tenant: only \`next\`, \`above\` and \`holes\`, for a source that asks before each heartbeat.`,
    security: [...source, ...admin],
    parameters: [
      { name: 'source', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'tenant', in: 'query', schema: { type: 'string' } },
      { name: 'only', in: 'query', schema: { type: 'string', enum: ['sequence'] } },
    ],
    responses: {
      '200': json('Its feeds, or that of the tenant'),
      ...refusals(400, 401, 403, 429, 503),
    },
  },
}
const cutOffs = {
  post: {
    summary:
      'An operator’s cut-off or denial, or an admin’s activation of a published policy version',
    description: `The bodies differ by \`op\`: \`{op: "cut-off", tenant, scope: "tenant" | "client",
target, order?}\`, \`{op: "deny", tenant, scope: "key" | "issuer" | "session" | "token", target}\`,
\`{op: "activate", pv, minimum?, reason}\`. An unknown member is an error. \`{op: "value-withdrawn",
tenant, claim, value}\` is possible only with dryRun: only the source of the claim can withdraw a value.

A cut-off or denial can have a \`reason\`, which the audit keeps. If the registry declares \`guards.cutOff\`, an order
that affects at least 10 tokens and more than that share of its tenant is 409 (request.unconfirmed) until
it has \`confirm: true\` and a reason. Its dry run has the numbers in \`guard\`.

A client or an issuer that is not in the registry and has no outstanding token is 404
(request.unknown-target) until the order has \`unknown: true\`.

A repeated denial is the same event, and so is a cut-off with the same \`order\`. With dryRun the
answer is 200 with \`touches\`: the numbers of outstanding tokens, of their subjects and clients, and of running
edges. A dry run writes nothing.

An activation names a published version (otherwise 404). If the version removes rights that outstanding
tokens still carry, it needs a \`minimum\` above the previous version. Tokens of a lower version are
then stale. 422 names each place (registry.tightens). Its dry run also has the \`differences\`.`,
    security: admin,
    parameters: [{ name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }],
    requestBody: body('application/json'),
    responses: {
      '200': json('The tokens and edges that it would affect'),
      '202': json('id, partition and offset'),
      ...refusals(400, 401, 403, 404, 409, 413, 422, 503),
    },
  },
}
const openings = {
  post: {
    summary: 'An admin allows an unverified claim on a route for a limited time (break-glass)',
    description: `The body is \`{tenant, audience, route, claim, for, reason, order?}\`. \`for\` is a duration like
30m, at most \`breakGlass.maxFor\` of the registry. Without that entry no grant is possible. A high-risk route never
gets a grant (403). A stale claim is still refused. The grant ends by itself, or earlier by the id of the answer.
The same \`order\` is the same grant. With dryRun the answer is 200 with the grant in \`opens\`.`,
    security: admin,
    parameters: [{ name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }],
    requestBody: body('application/json'),
    responses: {
      '200': json('The grant that it would make, and its end'),
      '202': json('id, partition and offset'),
      ...refusals(400, 401, 403, 409, 413, 503),
    },
  },
}
const closing = {
  post: {
    summary: 'An admin ends a break-glass grant early',
    description: 'The body is `{tenant, reason}`. An id without a grant in force changes nothing.',
    security: admin,
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    requestBody: body('application/json'),
    responses: {
      '202': json('id, partition and offset'),
      ...refusals(400, 401, 403, 413, 503),
    },
  },
}
const registry = {
  post: {
    summary:
      'Stores a policy version permanently, and returns its differences; an admin activates it later',
    description: `The body is \`{registry, keySets, policies}\`: the registry file as JSON, its public key sets (RFC 7517) by the paths
in the file, and the texts of its policies, if it has any. It is stored as canonical JSON (RFC 8785), and an
activation names its hash. A private key is refused. The version has no effect before it is activated.

\`differences\` has the differences from \`against\`, the version in force: \`place\` in the
file, \`effect\` (\`tightens\`, \`widens\`, \`other\`), \`needsMinimum\` and a \`sentence\`. With dryRun
nothing is stored. The same content again is 200. Other content under a known version is 409. A version with lint
errors is 422, which names each finding.`,
    security: admin,
    parameters: [{ name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }],
    requestBody: body('application/json'),
    responses: {
      '200': json('The version is known, or this is a dry run'),
      '201': json('pv, hash, against, differences and needsMinimum'),
      ...refusals(400, 401, 403, 409, 413, 422, 503),
    },
  },
}
const parkedId = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
const dryRun = { name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }
const replay = {
  post: {
    summary: 'An operator sends a quarantined record again, if it would be accepted now',
    description: `The body is \`{reason?}\`. The record is proven, authorised and merged again, by the present policy.
Only a record that would be accepted is sent, and it counts once, also if you repeat the request. A record is
sent at most 5 times, and one gateway sends 50 a second (429).

\`result\`: \`taken\` with \`outcome\` (applied, noop, late, repeat); \`refused\` with \`why\`
(still-refused, in-doubt, excluded, already-replayed, dropped, busy, limit); \`parked-again\` with
\`code\` and \`rule\`; \`sent\`, 202, until the reconciler has read it: repeat the request. With dryRun
nothing is sent, and \`would\` has the outcome in \`becomes\`.`,
    security: admin,
    parameters: [parkedId, dryRun],
    requestBody: body('application/json'),
    responses: {
      '200': json('The outcome of the record, or the one that it would have'),
      '202': json('It was sent, and its outcome is not known yet'),
      ...refusals(400, 401, 403, 404, 413, 429, 503),
    },
  },
}
const drop = {
  post: {
    summary: 'An operator drops a quarantined record, with a reason',
    description: `The body is \`{reason}\`. It closes the record permanently and decides no claim: \`inDoubt\`
has the claims that stay in doubt, and \`resolvedBy\` the events that end the doubt.`,
    security: admin,
    parameters: [parkedId],
    requestBody: body('application/json'),
    responses: {
      '200': json('The present state of the record'),
      ...refusals(400, 401, 403, 404, 413, 503),
    },
  },
}
const clear = {
  post: {
    summary: 'An operator clears the doubt that a quarantined record caused',
    description: `The body is \`{reason, claim?}\`. It ends each doubt that the record caused, or that of the
claim, by a change of the source \`freshet\`. The claim is then minted again from the other records of
its source. Stale tokens stay stale. \`items\` has id, partition and offset of each change, \`left\` the claims that
stay in doubt, and \`halted\` the tenants where its source is halted: only a complete snapshot ends that.`,
    security: admin,
    parameters: [parkedId],
    requestBody: body('application/json'),
    responses: {
      '200': json('None of its claims is in doubt'),
      '202': json('The cleared claims, and those that stay in doubt'),
      ...refusals(400, 401, 403, 404, 413, 503),
    },
  },
}
const erasures = {
  post: {
    summary: 'An operator erases a subject whose account its source has deleted, with a reason',
    description: `The body is \`{tenant, subject: {format: "iss_sub", iss, sub}, reason}\`. Every row that names the
subject is removed. Its watermarks expire after the longest token life, and its records on topics after
their retention (docs/erasure.md). 409 (erasure.early) before the deletion is published. The audit keeps the
id of the answer, the operator and the reason: do not name the subject in the reason.`,
    security: admin,
    requestBody: body('application/json'),
    responses: {
      '200': json('The id of the erasure, and the number of rows of each kind'),
      ...refusals(400, 401, 403, 404, 409, 413, 503),
    },
  },
}
const text = (summary: string): object => ({
  get: { summary, security: [], responses: { '200': { description: 'ok' } } },
})

/** Adds `/openapi.json`. */
export function addOpenApi(app: Hono): void {
  app.get('/openapi.json', (c) =>
    c.json({
      openapi: '3.1.0',
      info: { title: 'Freshet gateway', version: BUILD.version },
      components: {
        securitySchemes: {
          source: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          admin: { type: 'http', scheme: 'bearer' },
          // A voucher of a console for one order of a logged-in user: docs/console.md.
          voucher: { type: 'http', scheme: 'voucher' },
        },
      },
      paths: {
        '/v1/changes': changes,
        '/v1/heartbeats': heartbeats,
        '/v1/sources/{source}': sources,
        '/v1/cut-offs': cutOffs,
        '/v1/openings': openings,
        '/v1/openings/{id}/close': closing,
        '/v1/erasures': erasures,
        '/v1/registry': registry,
        '/v1/quarantine/{id}/replay': replay,
        '/v1/quarantine/{id}/drop': drop,
        '/v1/quarantine/{id}/clear': clear,
        '/livez': text('Liveness of this process'),
        '/readyz': text('Readiness of this service'),
        '/metrics': text('Prometheus metrics'),
        '/v1/version': text('Version and commit of this build, and the version of Node.js'),
      },
    }),
  )
}
