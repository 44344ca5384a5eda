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
problem. The whole is 202 if every item is. Otherwise it has the status of a problem, 503 and 429
before all others, so that whoever looks at the status alone sends the whole batch again.

Sending anything again is safe, after any answer or none: an event is recognised by its tenant,
source and id, keeps its first place, and is answered alike. The same id with other content is 409.
What a gateway had stored when it died is produced by itself or another, whether it is sent again or
not. An event that was answered 202 is on the topic; one that was not may be.

Where a batch meets a limit of its source, its first events go on and the others are 429 each, with
\`retryAfter\` in seconds.`,
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
    description: `Read the clock before the end of the feed. Never waits behind changes. The body is
\`{tenant, through, sequence?}\`, or for at most 1,000 tenants \`{through, tenants: [{tenant, sequence?}]}\`.
That is answered tenant by tenant in \`items\`, as a batch of changes is; one that is refused holds back no other.`,
    security: source,
    requestBody: body('application/json', 'application/jose'),
    responses: {
      '202': json('What was taken, or items with that of each tenant'),
      ...refusals(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
  },
}
const sources = {
  get: {
    summary:
      'The state of a source, for the source itself; an admin with any role sees every source',
    description: `Per tenant: \`lastAccepted\`; where the source is dense \`next\`, \`holes\`, sequences
that never came, and \`above\`, the one that follows once these are closed; \`unacknowledged\`; \`through\` and whether its \`lease\` is current;
\`latency\` from commit to broker of the last 1,000 events; \`quarantine\`, what was refused on the
topic, with rule and place; \`partitions\`, with the numbers that \`through\` waits for; \`missed\`, how many
differences the full statements of 35 days found that no event had announced; \`contradictions\`, of how many subjects it
and another source say different things, and the newest, with the versions of both; \`statement\`, how the newest of
them stands in each partition (awaited, open, held, ending, ended, void) and which differences it found.
With \`only=sequence\` and a tenant: \`next\`, \`above\` and \`holes\` alone, for a source that asks before each heartbeat.`,
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
    description: `Bodies, told apart by \`op\`: \`{op: "cut-off", tenant, scope: "tenant" | "client",
target, order?}\`, \`{op: "deny", tenant, scope: "key" | "issuer" | "session" | "token", target}\`,
\`{op: "activate", pv, minimum?, reason}\`. A member that is not known is an error. \`{op: "value-withdrawn",
tenant, claim, value}\` can be asked about with dryRun; the source of the claim alone withdraws.

Both may have a \`reason\`, which the audit keeps. Where the registry declares \`guards.cutOff\`, an order
that touches at least 10 tokens and more than that share of its tenant is 409 (request.unconfirmed) until
it has \`confirm: true\` and a reason; its dry run has the numbers in \`guard\`.

A client or an issuer that the registry does not have, and that no outstanding token rests on, is 404
(request.unknown-target) until the order has \`unknown: true\`.

A denial sent again is the same event; so is a cut-off with the same \`order\`. With dryRun the
answer is 200 with \`touches\`: outstanding tokens, their subjects and clients, and the edges that run. Nothing
is written.

An activation names a version that was published (404 else). Where it takes away what tokens that are
out would go on with, it needs a \`minimum\` above the version before: tokens of a lower version are
stale then. 422 names each place (registry.tightens). Its dry run has the \`differences\` too.`,
    security: admin,
    parameters: [{ name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }],
    requestBody: body('application/json'),
    responses: {
      '200': json('What it would touch'),
      '202': json('id, partition and offset'),
      ...refusals(400, 401, 403, 404, 409, 413, 422, 503),
    },
  },
}
const openings = {
  post: {
    summary:
      'An admin lets in, for a while, what is unverified of a claim on a route (break-glass)',
    description: `The body is \`{tenant, audience, route, claim, for, reason, order?}\`; \`for\` is a duration like
30m, at most \`breakGlass.maxFor\` of the registry, without which nothing opens. A route of high risk is
never opened (403). Nothing stale is let in. It ends by itself; the id of the answer closes it before.
The same \`order\` is the same opening. With dryRun the answer is 200 with what it \`opens\`.`,
    security: admin,
    parameters: [{ name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }],
    requestBody: body('application/json'),
    responses: {
      '200': json('What it would open, and until when'),
      '202': json('id, partition and offset'),
      ...refusals(400, 401, 403, 409, 413, 503),
    },
  },
}
const closing = {
  post: {
    summary: 'An admin ends an opening before its time',
    description: 'The body is `{tenant, reason}`. Of an id that is not open nothing changes.',
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
      'Stores a policy version for good, and answers its changes; an admin activates it later',
    description: `The body is \`{registry, keySets, policies}\`: the registry file as JSON, and by the paths that it
names the public key sets (RFC 7517) and, where there are some, the texts of its policies. It is kept as canonical JSON (RFC 8785), and its hash is what an
activation names. A private key is refused. Nothing goes by the version before it is activated.

\`differences\` says what it has otherwise than \`against\`, the version that counts now: \`place\` in the
file, \`effect\` (\`tightens\`, \`widens\`, \`other\`), \`needsMinimum\` and a \`sentence\`. With dryRun
nothing is kept. The same content again is 200; another under a known version is 409, what does not
lint is 422 and names each finding.`,
    security: admin,
    parameters: [{ name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }],
    requestBody: body('application/json'),
    responses: {
      '200': json('Known already, or a dry run'),
      '201': json('pv, hash, against, differences and needsMinimum'),
      ...refusals(400, 401, 403, 409, 413, 422, 503),
    },
  },
}
const parkedId = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
const dryRun = { name: 'dryRun', in: 'query', schema: { type: 'boolean', default: false } }
const replay = {
  post: {
    summary: 'Sends a parked record again, for an operator, if it would be taken now',
    description: `The body is \`{reason?}\`. The record is proven, allowed and merged anew, by the policy of
now; only what would be taken is sent, and it is taken once however often this is asked for. At most 5
times a record is sent, and 50 a second by one gateway (429).

\`result\`: \`taken\` with \`outcome\` (applied, noop, late, repeat); \`refused\` with \`why\`
(still-refused, in-doubt, excluded, already-replayed, dropped, busy, limit); \`parked-again\` with
\`code\` and \`rule\`; \`sent\`, 202, while the reconciler has not come there: ask again. With dryRun
nothing is sent, and \`would\` tells what the record \`becomes\`.`,
    security: admin,
    parameters: [parkedId, dryRun],
    requestBody: body('application/json'),
    responses: {
      '200': json('What became of it, or would'),
      '202': json('It was sent; what became of it is not known yet'),
      ...refusals(400, 401, 403, 404, 413, 429, 503),
    },
  },
}
const drop = {
  post: {
    summary: 'Drops a quarantined record, for an operator with a reason',
    description: `The body is \`{reason}\`. It closes the case for good and decides nothing: \`inDoubt\`
tells what stays in doubt, and \`resolvedBy\` what ends that.`,
    security: admin,
    parameters: [parkedId],
    requestBody: body('application/json'),
    responses: {
      '200': json('How it stands now'),
      ...refusals(400, 401, 403, 404, 413, 503),
    },
  },
}
const clear = {
  post: {
    summary: 'An operator answers for what a parked record left unclear',
    description: `The body is \`{reason, claim?}\`. It settles each doubt that the record raised, or that of the
claim, by a change in the product's own name, so that the claim is minted again as its source said it
otherwise. Tokens that went stale stay so. \`items\` has id, partition and offset of each change; \`left\` what
stays in doubt, \`halted\` where its source is not believed: a full statement alone ends that.`,
    security: admin,
    parameters: [parkedId],
    requestBody: body('application/json'),
    responses: {
      '200': json('Nothing of it is in doubt'),
      '202': json('What was cleared, and what is left'),
      ...refusals(400, 401, 403, 404, 413, 503),
    },
  },
}
const erasures = {
  post: {
    summary: 'Erases a subject whose account its source has deleted, for an operator with a reason',
    description: `The body is \`{tenant, subject: {format: "iss_sub", iss, sub}, reason}\`. What names the
subject leaves every table; its watermarks go with the longest token life, what stands on topics with
their retention (docs/erasure.md). 409 (erasure.early) before the deletion is published. The audit keeps the
id of the answer, who and why: name nobody in the reason.`,
    security: admin,
    requestBody: body('application/json'),
    responses: {
      '200': json('The id of the erasure, and how many rows of what kind'),
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
      info: { title: 'Freshet gateway', version: '0.1.0' },
      components: {
        securitySchemes: {
          source: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          admin: { type: 'http', scheme: 'bearer' },
          // A console's statement about the person who gives one order: docs/console.md.
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
        '/livez': text('This process answers'),
        '/readyz': text('It can do its part now'),
        '/metrics': text('Prometheus metrics'),
      },
    }),
  )
}
