import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith, msOrNull, timeText } from './forms.ts'

export const sloForm = z.object({
  name: z.string(),
  sli: z.string(),
  class: z.string().nullable(),
  thresholdMs: msOrNull,
  target: z.number(),
  description: z.string(),
  windowDays: z.number(),
  good: z.number(),
  valid: z.number(),
  ratio: z.number().nullable(),
  measuredMs: z
    .number()
    .exactOptional()
    .describe('The part of the window that was measured: the time since its first event'),
  allowed: z
    .number()
    .nullable()
    .exactOptional()
    .describe(
      'The bad events that the budget of the whole window allows, by the events of its measured part; `null`: no data',
    ),
  budgetRemaining: z
    .number()
    .nullable()
    .describe('The share of the budget of the whole window that is left; 0 or less: it is spent'),
  burn: z.array(
    z.object({
      window: z.string(),
      good: z.number(),
      valid: z.number(),
      ratio: z.number().nullable(),
      rate: z.number().nullable(),
      alert: z
        .object({ severity: z.enum(['page', 'ticket']), rate: z.number() })
        .nullable()
        .exactOptional()
        .describe(
          'The rate from which on this window alerts; `null`: the objective has no such alert',
        ),
    }),
  ),
  state: z.enum(['met', 'burning', 'breached', 'no-data']),
  alert: z.enum(['page', 'ticket']).nullable().describe('The severity of its alert now'),
})

export const measuredChangeForm = z.object({
  kind: z.literal('change'),
  id: z.string(),
  tenant: z.string(),
  source: z.string(),
  class: z.string().nullable(),
  origin: z.string(),
  appendedAt: timeText,
  measuredAt: timeText,
  completeMs: msOrNull.describe('`null`: it was not complete at the deadline'),
  isUpperBound: z.boolean().exactOptional(),
  edges: z.number().describe('The number of edges that counted for it'),
  slowest: z.string().nullable().describe('The last edge'),
  missing: z.array(z.string()).describe('The first edges that still served at the deadline'),
})

export const slosForm = answerWith({
  items: z.array(sloForm),
  latest: measuredChangeForm
    .nullable()
    .describe('The live change whose measurement ended last, of any class'),
  measuredAt: timeText,
})

export const blindEdgeForm = z.object({
  kind: z.literal('edge'),
  edge: z.string(),
  minutes: z.number(),
  oldestViewMs: msOrNull,
})

export const letInForm = z.object({
  tenant: z.string(),
  change: z.string(),
  edge: z.string(),
  route: z.string(),
  requests: z.number(),
  lastAt: timeText,
})

const spanForm = z.object({
  from: timeText,
  good: z.number(),
  valid: z.number(),
})

export const sloDetailForm = sloForm.extend({
  apiVersion: z.string(),
  history: z.array(spanForm),
  worst: z.array(z.discriminatedUnion('kind', [measuredChangeForm, blindEdgeForm])),
  latest: z.array(measuredChangeForm),
  letIn: z
    .array(letInForm)
    .exactOptional()
    .describe('The requests that edges let in too late; present for objectives of stale allows'),
  measuredAt: timeText,
})

/** One service level. */
export type SloJson = Wire<typeof sloForm>

/** All of them. */
export type SlosAnswer = Wire<typeof slosForm>

/** A change as it was measured. */
export type MeasuredChange = Wire<typeof measuredChangeForm>

/** An edge whose view was too old. */
export type BlindEdgeJson = Wire<typeof blindEdgeForm>

/** The requests of a route that an edge let in after a change. */
export type LetInJson = Wire<typeof letInForm>

/** An event that burned budget. */
export type Burned = MeasuredChange | BlindEdgeJson

/** The result of a span of time. */
export type SloSpanJson = Wire<typeof spanForm>

/** One service level, day by day, with what burned its budget and what was measured last. */
export type SloAnswer = Wire<typeof sloDetailForm>
