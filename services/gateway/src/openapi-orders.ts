import { answerForms } from '@freshet/insight/answers'
import { registryDocumentForm, registrySchema } from '@freshet/registry'
import { json, jsonAnswer, type Operations } from '@freshet/runtime'
import * as z from 'zod'
import { acceptedForm } from './changes/change-answers.ts'
import { cutOffForm } from './orders/cut-off-request.ts'
import { clearingForm } from './orders/doubts.ts'
import { erasureForm } from './orders/erasures.ts'
import { closingForm, grantForm } from './orders/grants.ts'
import { cutOffPlanForm, erasedForm, grantPlanForm, publishedForm } from './orders/order-answers.ts'
import { refusals } from './openapi-refusals.ts'

const ADMIN = ['admin', 'voucher'] as const
const { Replay, ReplayOrder, Drop, DropOrder, Clearing } = answerForms
const dryRun = z.object({ dryRun: z.boolean().default(false) })

/** The components of the routes of operators. */
export const orderForms: Readonly<Record<string, z.ZodType>> = {
  ...answerForms,
  CutOffOrder: cutOffForm,
  CutOffPlan: cutOffPlanForm,
  OpeningOrder: grantForm,
  OpeningPlan: grantPlanForm,
  ClosingOrder: closingForm,
  ErasureOrder: erasureForm,
  Erased: erasedForm,
  RegistryFile: registrySchema,
  RegistryDocument: registryDocumentForm,
  Published: publishedForm,
  ClearingOrder: clearingForm,
}

/** The routes of operators and admins. */
export const orderOperations: Operations = {
  'POST /v1/cut-offs': {
    id: 'orderCutOff',
    summary:
      'An operator’s cut-off or denial, or an admin’s activation of a published policy version',
    description: `An unknown member is an error. \`value-withdrawn\` is possible only with dryRun: only the source of the
claim can withdraw a value.

If the registry declares \`guards.cutOff\`, an order
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
    security: ADMIN,
    query: dryRun,
    body: json(cutOffForm),
    answers: {
      200: jsonAnswer('The tokens and edges that it would affect', cutOffPlanForm),
      202: jsonAnswer('id, partition and offset', acceptedForm),
    },
    refusals: refusals(400, 401, 403, 404, 409, 413, 422, 429, 503),
  },
  'POST /v1/openings': {
    id: 'openRoute',
    summary: 'An admin allows an unverified claim on a route for a limited time (break-glass)',
    description: `\`for\` is at most \`breakGlass.maxFor\` of the registry. Without that entry no grant is possible. A high-risk route never
gets a grant (403). A stale claim is still refused. The grant ends by itself, or earlier by the id of the answer. With
dryRun the answer is 200 with the grant in \`opens\`.`,
    security: ADMIN,
    query: dryRun,
    body: json(grantForm),
    answers: {
      200: jsonAnswer('The grant that it would make, and its end', grantPlanForm),
      202: jsonAnswer('id, partition and offset', acceptedForm),
    },
    refusals: refusals(400, 401, 403, 409, 413, 429, 503),
  },
  'POST /v1/openings/{id}/close': {
    id: 'closeRoute',
    summary: 'An admin ends a break-glass grant early',
    description: 'An id without a grant in force changes nothing.',
    security: ADMIN,
    body: json(closingForm),
    answers: {
      202: jsonAnswer('id, partition and offset', acceptedForm),
    },
    refusals: refusals(400, 401, 403, 413, 429, 503),
  },
  'POST /v1/erasures': {
    id: 'eraseSubject',
    summary: 'An operator erases a subject whose account its source has deleted, with a reason',
    description: `Every row that names the subject is removed. Its watermarks expire after the longest token life, and its records on topics after
their retention (docs/retention.md). 409 (erasure.early) before the deletion is published. The audit keeps the
id of the answer, the operator and the reason: do not name the subject in the reason.`,
    security: ADMIN,
    body: json(erasureForm),
    answers: {
      200: jsonAnswer('The id of the erasure, and the number of rows of each kind', erasedForm),
    },
    refusals: refusals(400, 401, 403, 404, 409, 413, 429, 503),
  },
  'POST /v1/registry': {
    id: 'publishRegistry',
    summary:
      'Stores a policy version permanently, and returns its differences; an admin activates it later',
    description: `Key sets (RFC 7517) and policies go by the paths in the registry file. The document is stored as canonical JSON (RFC 8785), and an
activation names its hash. A private key is refused. The version has no effect before it is activated.

\`differences\` has the differences from \`against\`. With dryRun nothing is stored. The same content again is 200. Other content under a known version is 409. A version with lint
errors is 422, which names each finding.`,
    security: ADMIN,
    query: dryRun,
    body: json(registryDocumentForm),
    answers: {
      200: jsonAnswer('The version is known, or this is a dry run', publishedForm),
      201: jsonAnswer('pv, hash, against, differences and needsMinimum', publishedForm),
    },
    refusals: refusals(400, 401, 403, 409, 413, 422, 429, 503),
  },
  'POST /v1/quarantine/{id}/replay': {
    id: 'replayRecord',
    summary: 'An operator sends a quarantined record again, if it would be accepted now',
    description: `The record is proven, authorised and merged again, by the present policy.
Only a record that would be accepted is sent, and it counts once, also if you repeat the request. A record is
sent at most 5 times, and one gateway sends 50 a second (429).

\`result\`: \`taken\` with \`outcome\` (applied, noop, late, repeat); \`refused\` with \`why\`
(still-refused, in-doubt, excluded, already-replayed, dropped, busy, limit); \`parked-again\` with
\`code\` and \`rule\`; \`sent\`, 202, until the reconciler has read it: repeat the request. With dryRun
nothing is sent, and \`would\` has the outcome in \`becomes\`.`,
    security: ADMIN,
    query: dryRun,
    body: json(ReplayOrder),
    answers: {
      200: jsonAnswer('The outcome of the record, or the one that it would have', Replay),
      202: jsonAnswer('It was sent, and its outcome is not known yet', Replay),
    },
    refusals: refusals(400, 401, 403, 404, 413, 429, 503),
  },
  'POST /v1/quarantine/{id}/drop': {
    id: 'dropRecord',
    summary: 'An operator drops a quarantined record, with a reason',
    description: `It closes the record permanently and decides no claim: \`inDoubt\`
has the claims that stay in doubt, and \`resolvedBy\` the events that end the doubt.`,
    security: ADMIN,
    body: json(DropOrder),
    answers: {
      200: jsonAnswer('The present state of the record', Drop),
    },
    refusals: refusals(400, 401, 403, 404, 413, 429, 503),
  },
  'POST /v1/quarantine/{id}/clear': {
    id: 'clearDoubt',
    summary: 'An operator clears the doubt that a quarantined record caused',
    description: `It ends each doubt that the record caused, or that of the
claim, by a change of the source \`freshet\`. The claim is then minted again from the other records of
its source. Stale tokens stay stale. \`items\` has id, partition and offset of each change, \`left\` the claims that
stay in doubt, and \`halted\` the tenants where its source is halted: only a complete snapshot ends that.`,
    security: ADMIN,
    body: json(clearingForm),
    answers: {
      200: jsonAnswer('None of its claims is in doubt', Clearing),
      202: jsonAnswer('The cleared claims, and those that stay in doubt', Clearing),
    },
    refusals: refusals(400, 401, 403, 404, 413, 429, 503),
  },
}
