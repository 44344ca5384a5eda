import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith, EDGE_STATUSES, forOperators, msOrNull, timeText } from './forms.ts'

export const subjectForm = z.object({
  format: z.literal('iss_sub').exactOptional(),
  iss: z.string(),
  sub: forOperators(z.string().nullable().describe('The name; `null` for roles below operator')),
})

const changedValuesForm = forOperators(
  z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .nullable()
    .describe('At most 20 of them; `null` for roles below operator'),
)

export const changedForm = z.object({
  lost: changedValuesForm,
  lostCount: z.number().describe('The number of values that the change took away'),
  gained: changedValuesForm,
  gainedCount: z.number().describe('The number of values that the change gave'),
})

export const changePlaceForm = z.object({
  e: z.string(),
  partition: z.number(),
  offset: z.string(),
})

export const changeForm = z.object({
  id: z.string(),
  tenant: z.string(),
  source: z.string(),
  kind: z.string(),
  op: z.string().nullable(),
  claim: z.string().nullable(),
  subject: subjectForm.nullable(),
  class: z
    .string()
    .nullable()
    .describe('The class of its objective; `null` where no objective is about such changes'),
  outcome: z.string(),
  isProbe: z.boolean(),
  tightened: z.boolean(),
  changed: changedForm
    .nullable()
    .exactOptional()
    .describe(
      '`null` for a change without effect on values, and of an earlier version. Absent from consoles of earlier versions',
    ),
  tokensMarked: z
    .number()
    .describe(
      'Outstanding tokens that the ledger has marked stale so far, while `marking` is `pending`',
    ),
  marking: z
    .enum(['pending', 'done'])
    .exactOptional()
    .describe('Absent from consoles of earlier versions'),
  position: changePlaceForm,
  revocation: z
    .object({ partition: z.number(), offset: z.string() })
    .nullable()
    .exactOptional()
    .describe(
      'The place of its revocation; `null` if it removed nothing, or none is published yet',
    ),
  occurredAt: timeText,
  recordedAt: timeText,
  traceparent: z.string().nullable(),
})

/** The members of a row that can stand for a group of edges. */
export const GROUP_MEMBERS = {
  edges: z
    .number()
    .exactOptional()
    .describe('The number of edges in a group. The figures are those of the last or worst of them'),
  isUpperBound: z.literal(true).exactOptional(),
}

export const edgeStepForm = z.object({
  edge: z.string(),
  ...GROUP_MEMBERS,
  standing: z.enum(EDGE_STATUSES),
  appliedAt: timeText.nullable(),
  clock: z.string(),
  sincePublishedMs: msOrNull,
  refusedFrom: timeText
    .exactOptional()
    .describe(
      'By this time the edge refused by its own lease, before it applied the change; absent if it applied it in time',
    ),
})

export const exposureForm = z.object({
  requests: z
    .number()
    .nullable()
    .describe('The number; `null` means that no edge has reported yet, which is not zero'),
  errorMs: msOrNull,
  isLowerBound: z.boolean(),
  notKnown: z.array(z.string()),
  byEdge: z.array(
    z.object({
      edge: z.string(),
      route: z.string(),
      requests: z.number(),
      firstAt: timeText
        .exactOptional()
        .describe('The time of the first request by the broker’s clock, as the edge estimates it'),
      lastAt: timeText.exactOptional(),
      errorMs: msOrNull.exactOptional(),
    }),
  ),
})

export const timelineForm = changeForm.extend({
  state: z.enum(['pending', 'recorded', 'published', 'applied']),
  completeMs: msOrNull,
  isUpperBound: z
    .boolean()
    .exactOptional()
    .describe('There were too many edges to measure each: it was complete by then, or earlier'),
  steps: z.array(z.object({ stage: z.string(), at: timeText, clock: z.string() })),
  edges: z.array(edgeStepForm),
  reach: z
    .object({
      applied: z.number(),
      refused: z.number().describe('Edges that refused by their own lease before they applied it'),
    })
    .exactOptional()
    .describe('The edges by which the change was complete; absent until it was measured'),
  probe: z
    .object({
      at: timeText.describe('The end of the probe, by the console’s clock'),
      refusedBy: z
        .array(z.string())
        .describe('The places that refused a token that carried the removed value'),
      broken: z.object({ step: z.string(), at: z.string().nullable(), why: z.string() }).nullable(),
    })
    .exactOptional()
    .describe(
      'The observations of the probe that sent this change; absent for other changes, and after the console has forgotten it',
    ),
  exposure: exposureForm
    .nullable()
    .exactOptional()
    .describe('`null` for a change that removes nothing; absent from consoles of earlier versions'),
})

export const changesForm = answerWith({ items: z.array(timelineForm) })

/** The subject of a record. */
export type SubjectJson = Wire<typeof subjectForm>

/** The values that a change took away and gave. */
export type ChangedJson = Wire<typeof changedForm>

/** A change that was recorded. */
export type ChangeJson = Wire<typeof changeForm>

/** The progress of an edge with a change. */
export type EdgeStepJson = Wire<typeof edgeStepForm>

/** A change with its way to every edge. */
export type TimelineJson = Wire<typeof timelineForm>

/**
 * The requests that edges allowed after a change was committed at its source, and before they had applied it.
 */
export type ExposureJson = Wire<typeof exposureForm>

/** All changes of an id. */
export type ChangesAnswer = Wire<typeof changesForm>
