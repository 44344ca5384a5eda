import { jsonAnswer, type Operations } from '@freshet/runtime'
import { wireSchemas } from '@freshet/wire/schemas'
import * as z from 'zod'
import {
  acceptedForm,
  batchForm,
  batchProblemForm,
  epochForm,
  heartbeatForm,
  heartbeatsForm,
  statePageForm,
} from './changes/change-answers.ts'
import {
  feedForm,
  feedsForm,
  sourceFeedForm,
  sourceSequenceForm,
} from './changes/source-answers.ts'
import { batchRefusals, refusals } from './openapi-refusals.ts'

/** The wire format of a name. */
const wire = (name: string): z.ZodType => wireSchemas.get(name)?.schema ?? z.never()
const changeEvent = wire('change-event')
/** A union of objects, one for each kind of change. */
const changeData = wire('change-data') as z.ZodDiscriminatedUnion<z.ZodObject[]>
const heartbeatBody = wire('heartbeat-body')
const heartbeatsBody = wire('heartbeats-body')
const jws = z.string().describe('A compact JWS')
const ADMIN = ['admin', 'voucher'] as const

/**
 * An array of events. Generators of clients choose among the bodies of an operation by the class of a value. That of
 * Python fails for each call if one of the bodies is a list of a class, so this schema has no `items`.
 */
const changeBatch = z.unknown().meta({
  type: 'array',
  unevaluatedItems: { $ref: '#/components/schemas/ChangeEvent' },
})

/** The names of the variants of a change, by the first `op` of each. */
const CHANGE_NAMES: Readonly<Record<string, string>> = {
  set: 'ClaimSet',
  add: 'ClaimValues',
  clear: 'ClaimClear',
  disabled: 'AccountChange',
  'value-withdrawn': 'ValueWithdrawal',
  'cut-off': 'CutOff',
  deny: 'Denial',
  'snapshot-begin': 'SnapshotBegin',
  'snapshot-end': 'SnapshotEnd',
  activate: 'Activation',
  open: 'RouteOpening',
  close: 'RouteClosing',
  'clear-doubt': 'DoubtClearing',
}
const changeForms = Object.fromEntries(
  changeData.options.map((variant) => {
    const op = variant.shape['op'] as z.ZodEnum | z.ZodLiteral<string>
    const [first = ''] = op instanceof z.ZodEnum ? op.options : op.values
    return [CHANGE_NAMES[first] ?? String(first), variant]
  }),
)

/** The components of the routes of sources. */
export const sourceForms = {
  ChangeEvent: changeEvent,
  ChangeData: changeData,
  ...changeForms,
  Subject: changeData.options[0]?.shape['subject'] as z.ZodType,
  ChangeBatch: changeBatch,
  EpochBody: wire('epoch-body'),
  EpochBegun: epochForm,
  StatePage: statePageForm,
  HeartbeatBody: heartbeatBody,
  HeartbeatsBody: heartbeatsBody,
  Accepted: acceptedForm,
  AcceptedBatch: batchForm,
  BatchProblem: batchProblemForm,
  Heartbeat: heartbeatForm,
  Heartbeats: heartbeatsForm,
  Feed: feedForm,
  Feeds: feedsForm,
  SourceFeed: sourceFeedForm,
  SourceSequence: sourceSequenceForm,
} as const

/** The routes of sources. */
export const sourceOperations: Operations = {
  'POST /v1/changes': {
    id: 'sendChanges',
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
    security: ['source', ''],
    headers: z.object({
      traceparent: z.string().optional().describe('The trace context of the change'),
    }),
    body: {
      'application/cloudevents+json': changeEvent,
      'application/cloudevents-batch+json': changeBatch,
      'application/json': changeData,
      'application/jose': jws,
      'application/secevent+jwt': jws,
    },
    answers: {
      202: jsonAnswer(
        'id, partition and offset, or items with those of each',
        z.union([acceptedForm, batchForm]),
      ),
    },
    refusals: batchRefusals(400, 401, 403, 409, 413, 415, 422, 429, 503),
  },
  'POST /v1/heartbeats': {
    id: 'sendHeartbeat',
    summary: 'Everything committed up to `through` has been answered 202',
    description: `Read the clock before you read the end of the feed. A heartbeat never waits for changes. One for
at most 1,000 tenants is answered tenant by tenant in \`items\`, like a batch of changes. A refused tenant does not affect the others.`,
    security: ['source', ''],
    body: {
      'application/json': z.union([heartbeatBody, heartbeatsBody]),
      'application/jose': jws,
    },
    answers: {
      202: jsonAnswer(
        'The accepted heartbeat, or items with that of each tenant',
        z.union([heartbeatForm, heartbeatsForm]),
      ),
    },
    refusals: batchRefusals(400, 401, 403, 409, 413, 415, 422, 429, 503),
  },
  'POST /v1/sources/{source}/epochs': {
    id: 'beginEpoch',
    summary: 'Begins an epoch of the source: changes and heartbeats of older ones are refused',
    description: `For a source that several processes can send for, such as one that reads an upstream system. The process
that starts begins an epoch, and names it in each \`sourceVersion\` (\`epoch.number\`) and in each heartbeat. A process
of an older epoch gets 409 \`event.superseded\`. So a process that was paused cannot undo what happened meanwhile.

A heartbeat with an epoch can bring a \`cursor\`. The next epoch begins with the cursor of the last accepted heartbeat, so
the source needs no state of its own. It should bring \`sent\`, too: a clock that is ahead is refused by it.`,
    security: ['source', ''],
    body: { 'application/json': wire('epoch-body'), 'application/jose': jws },
    answers: { 201: jsonAnswer('The epoch, and the cursor to continue from', epochForm) },
    refusals: refusals(400, 401, 403, 413, 415, 422, 429, 503),
  },
  'GET /v1/sources/{source}/state': {
    id: 'getSourceState',
    summary:
      'What the source stated of each claim and account in a tenant, page by page, for itself alone',
    description: `A source that has no state of its own compares it with its upstream system. The first page has everything that
was accepted before the question: it waits up to 5 s for the reconciler, and is 503 \`event.unrecorded\` after that. Values that
somebody else withdrew are still there, because the source stated them. Changes that are accepted between two pages can be
in a later page or not.`,
    security: ['source', ''],
    query: z.object({
      tenant: z.string(),
      after: z.string().optional().describe('`next` of the page before'),
    }),
    answers: { 200: jsonAnswer('A page of states', statePageForm) },
    refusals: refusals(400, 401, 403, 429, 503),
  },
  'GET /v1/sources/{source}': {
    id: 'getSource',
    summary:
      'The state of a source, for the source itself; an admin with any role sees every source',
    description: `With \`only=sequence\` and a tenant, the answer has only the numbering, for a source that asks before each
heartbeat.`,
    security: ['source', '', ...ADMIN],
    query: z.object({
      tenant: z.string().optional(),
      only: z.literal('sequence').optional(),
    }),
    answers: {
      200: jsonAnswer(
        'Its feeds, or that of the tenant',
        z.union([feedsForm, sourceFeedForm, sourceSequenceForm]),
      ),
    },
    refusals: refusals(400, 401, 403, 429, 503),
  },
}
