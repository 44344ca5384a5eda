import { answerForms } from '@freshet/insight/answers'
import { USAGE_DAYS_MAX } from '@freshet/insight'
import { LATENCY_STAGES } from '@freshet/protocol/slo'
import { json, jsonAnswer, type Operation, type Operations } from '@freshet/runtime'
import * as z from 'zod'
import { changesQuery } from './changes/change-routes.ts'
import { edgesQuery } from './edges/edge-routes.ts'
import { auditQuery } from './evidence/audit-routes.ts'
import { holdersQuery, tokenQuestionForm } from './tokens/token-routes.ts'
import { consoleRefusals as refusals } from './openapi-refusals.ts'
import { quarantinedQuery } from './quarantine/quarantine-routes.ts'
import { searchQuery } from './search/search-route.ts'
import { HOURS, HOURS_MAX } from './slos/latency-routes.ts'
import { registryDocumentQuery, registryDiffQuery, USAGE_DAYS } from './registry/registry-routes.ts'

const forms = answerForms

/** A route that shows something to an admin. */
const view = (id: string, summary: string, schema: z.ZodType, query?: z.ZodObject): Operation => ({
  id,
  summary,
  security: ['admin'],
  ...(query && { query }),
  answers: { 200: jsonAnswer('The answer', schema) },
  refusals,
})

const subjectQuery = z.object({ tenant: z.string(), iss: z.string() })
const subjectStateQuery = subjectQuery.extend({
  probes: z.enum(['true', 'false']).optional().describe('`true` lists the claims of probes, too'),
})
const previewQuery = subjectQuery.extend({
  audience: z.string(),
  actor: z
    .array(z.string())
    .optional()
    .describe('`sub` of each actor at the identity provider of the subject, the direct one first'),
  scope: z.string().optional().describe('Names of scopes, by spaces'),
})
const usageQuery = z.object({ days: z.int().min(1).max(USAGE_DAYS_MAX).default(USAGE_DAYS) })
const latencyQuery = z.object({
  stage: z.enum(LATENCY_STAGES).optional(),
  hours: z.int().min(1).max(HOURS_MAX).default(HOURS),
})

/** The routes that show the way of changes and tokens, and the state of edges, objectives and the registry. */
export const viewOperations: Operations = {
  'GET /v1/changes': view(
    'listChanges',
    'The latest changes with their steps',
    forms.Timelines,
    changesQuery,
  ),
  'GET /v1/changes/{id}': view(
    'getChange',
    'The steps of a change with the clock of each, and the requests that edges allowed before they applied it',
    forms.Timelines,
  ),
  'GET /v1/changes/{id}/tokens': view(
    'listTokensOfChange',
    'Outstanding tokens of the change’s subject, and for each the effect of the change or the reason for none',
    forms.ChangeTokens,
  ),
  'GET /v1/health': view(
    'getHealth',
    'The verdict on freshness: its begin, its root causes and the next action. It is answered from memory',
    forms.Health,
  ),
  'GET /v1/stream': {
    id: 'streamEvents',
    summary:
      'Server-sent events: change, measured, edge, slo, health, a ping each 2 s, and gap where events were omitted. Resumes by Last-Event-ID',
    security: ['admin'],
    headers: z.object({ 'last-event-id': z.string().optional() }),
    answers: {
      200: {
        description:
          'The events. Their data is LiveChange, MeasuredChange, LiveEdge, LiveSlo or Health without apiVersion',
        content: { 'text/event-stream': z.string() },
      },
    },
    refusals,
  },
  'GET /v1/audit': view(
    'listAuditEntries',
    'Sealed entries of the audit, newest first, for operators',
    forms.AuditEntries,
    auditQuery,
  ),
  'GET /v1/subjects/{sub}': view(
    'getSubject',
    'Changes and outstanding tokens of a subject; a token of a foreign issuer names it in `issuer`, and is judged by `basis: time`',
    forms.SubjectView,
    subjectQuery,
  ),
  'GET /v1/subjects/{sub}/state': view(
    'getSubjectState',
    'The claims of a subject now, with source, version and status, and its account. Operators get the values, and each read of values is an entry of the audit',
    forms.SubjectState,
    subjectStateQuery,
  ),
  'GET /v1/subjects/{sub}/preview': view(
    'previewToken',
    'The token that the authority would mint for a subject and an audience, for operators: its claims, those left out, and why. It issues nothing, and is an entry of the audit',
    forms.TokenPreview,
    previewQuery,
  ),
  'GET /v1/tokens': view(
    'listHolders',
    'Tokens that carry or carried a value, for operators',
    forms.Holders,
    holdersQuery,
  ),
  'GET /v1/tokens/{jti}': view(
    'getToken',
    'The verdict on a token, claim by claim, with the reason; its claims at the mint, with policy version and source',
    forms.TokenView,
  ),
  'POST /v1/tokens/explain': {
    ...view(
      'explainToken',
      'The same for a whole token, which must not be in a URL',
      forms.TokenView,
    ),
    body: json(tokenQuestionForm),
  },
  'GET /v1/edges': view(
    'listEdges',
    'Edges by name with their status. For each edge the sources that it cannot vouch for, its decisions per second with the denials by reason, its lag in each partition, whether its reports are signed, and the signing client. Beyond 500 edges also groups of them: the figures of a group hold for its worst edge',
    forms.Edges,
    edgesQuery,
  ),
  'GET /v1/edges/{edge}': view('getEdge', 'The recent history of an edge', forms.EdgeHistory),
  'GET /v1/lag': view(
    'getLag',
    'The lag of recording and of each edge, by partition, in records and in time',
    forms.Lag,
  ),
  'GET /v1/latency': view(
    'getLatency',
    'The latency of live changes that took something away, by stage. isComplete: false where more than 20,000 were measured',
    forms.Latency,
    latencyQuery,
  ),
  'GET /v1/slos': view(
    'listSlos',
    'Every service level: good and valid events over its window, the rest of its budget, its burn rate, and its state',
    forms.Slos,
  ),
  'GET /v1/slos/{name}': view(
    'getSlo',
    'One service level, with its history by day, the changes and edges that used its budget, and the latest measurements',
    forms.SloDetail,
  ),
  'GET /v1/search': view(
    'search',
    'The things that a text names: edges and the parts of the registry by a part of their name; tokens, changes and quarantined records by the start of their id; subjects by their whole name; for operators also subjects and audit entries by their start',
    forms.Search,
    searchQuery,
  ),
  'GET /v1/status': view(
    'getStatus',
    'The progress of each partition, the status of each source, the break-glass grants in force, and the number of quarantined records',
    forms.Status,
  ),
  'GET /v1/evidence': view(
    'getEvidence',
    'A present measurement for each control that a framework asks for; unknown without one',
    forms.Evidence,
  ),
  'GET /v1/quarantine': view(
    'listQuarantine',
    'Quarantined records, oldest first, with a count for each reason',
    forms.ParkedRecords,
    quarantinedQuery,
  ),
  'GET /v1/quarantine/{id}': view(
    'getQuarantinedRecord',
    'A quarantined record: reason, rule and position, headers, and the claims in doubt because of it',
    forms.ParkedDetail,
  ),
  'GET /v1/quarantine/{id}/record': view(
    'getRawRecord',
    'Its raw bytes, base64, and its payload as text or hex, for operators. Each read is an entry of the audit',
    forms.RawRecord,
  ),
  'GET /v1/registry': view(
    'getRegistry',
    'The content of the active version without keys and secrets, the findings of lint, and for each of the last 50 versions the publisher, the activating admin, the times and the reason',
    forms.Registry,
  ),
  'GET /v1/registry/diff': view(
    'diffRegistryVersions',
    'The differences of two published versions, each with its place and its effect on rights',
    forms.RegistryDiff,
    registryDiffQuery,
  ),
  'GET /v1/registry/document': view(
    'getRegistryDocument',
    'The file of a published version as JSON, by default of the one in force, with public keys and policies and without the hashes of secrets',
    forms.PublishedRegistry,
    registryDocumentQuery,
  ),
  'GET /v1/registry/usage': view(
    'getUsage',
    'The use of each claim at each audience on the last days, and the differences of a registry without the unused claims',
    forms.Usage,
    usageQuery,
  ),
  'GET /v1/registry/outstanding': view(
    'countOutstanding',
    'Outstanding tokens, counted by tenant, audience, client and claims; isComplete: false beyond 1,000,000',
    forms.Outstanding,
  ),
}
