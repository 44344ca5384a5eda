import { text, type Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { changePlaceForm } from './change.ts'
import { answerWith, forOperators, timeText } from './forms.ts'

const placeForm = z.object({ e: z.string(), offset: z.string(), at: timeText })

export const decidedForm = z.object({
  by: z.string(),
  at: timeText,
  reason: z.string().nullable(),
})

export const quarantinedForm = z.object({
  id: z.string(),
  state: z.string(),
  reason: z.string(),
  rule: z.string(),
  topic: z.string(),
  partition: z.number(),
  tenant: z.string().nullable(),
  source: z.string().nullable(),
  change: z.string().nullable(),
  proven: z.boolean(),
  first: placeForm,
  last: placeForm,
  arrivals: z.number(),
  bytes: z.number(),
  replays: z.number(),
  outcome: z.string().nullable(),
  decided: decidedForm.nullable(),
})

export const quarantinedListForm = answerWith({
  items: z.array(quarantinedForm),
  next: z.string().nullable().describe('The cursor of the next page; `null` at the last one'),
  counts: z.array(
    z.object({
      topic: z.string(),
      reason: z.string(),
      state: z.string(),
      records: z.number(),
      oldestAt: timeText,
    }),
  ),
})

const doubtedClaimForm = z.object({
  subject: forOperators(z.string().nullable()),
  claim: z.string(),
  settled: z.boolean(),
  settles: changePlaceForm,
})

export const inDoubtForm = z.object({
  claims: z.array(doubtedClaimForm),
  halted: z.array(z.string()),
  resolvedBy: z.array(z.string()),
})

export const quarantinedDetailForm = quarantinedForm.extend({
  apiVersion: z.string(),
  means: z
    .string()
    .exactOptional()
    .describe('The meaning of the reason; absent for a code that this build does not have'),
  remedy: z.string().exactOptional().describe('The next step for the reason'),
  inDoubt: inDoubtForm,
  content: z
    .object({
      keyBytes: z.number().nullable(),
      valueBytes: z.number().nullable(),
      headers: z.array(
        z.object({ name: z.string(), bytes: z.number(), text: z.string().nullable() }),
      ),
      moreHeaders: z.number(),
    })
    .nullable()
    .describe('`null` where the quarantine topic does not have its bytes, or not yet'),
})

const decodedPartForm = z.object({
  part: z.enum(['key', 'value', 'jws-header', 'jws-payload']),
  form: z.enum(['json', 'text', 'hex']),
  text: z.string().describe('Unverified, and at most the begin of the part'),
  bytes: z.number(),
  shown: z.number().describe('The number of bytes that `text` has'),
})

export const rawRecordForm = answerWith({
  id: z.string(),
  key: z.string().nullable(),
  value: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  decoded: z
    .array(decodedPartForm)
    .exactOptional()
    .describe('Key and value as text, or as hex where they are no text'),
})

export const replayOrderForm = z.strictObject({ reason: text(512).optional() })

export const dropOrderForm = z.strictObject({ reason: text(512) })

const orderedId = { apiVersion: z.string().exactOptional(), id: z.string() }

export const replayForm = z.object({
  ...orderedId,
  dryRun: z.boolean().exactOptional(),
  result: z.enum(['taken', 'refused', 'would', 'parked-again', 'sent']),
  outcome: z.string().exactOptional(),
  why: z.string().exactOptional(),
  becomes: z.string().exactOptional(),
  tightened: z.boolean().exactOptional(),
  was: z.string().exactOptional(),
  code: z.string().exactOptional(),
  rule: z.string().exactOptional(),
})

export const dropForm = z.object({
  ...orderedId,
  result: z.enum(['dropped', 'unchanged']),
  state: z.string(),
  decided: decidedForm.nullable(),
  inDoubt: inDoubtForm,
})

export const clearForm = z.object({
  ...orderedId,
  result: z.enum(['cleared', 'unchanged']),
  items: z.array(
    z.object({
      claim: z.string(),
      id: z.string(),
      partition: z.number().exactOptional(),
      offset: z.string().exactOptional(),
    }),
  ),
  left: z.array(doubtedClaimForm),
  halted: z.array(z.string()),
})

/** A place of the change topic. */
export type Place = Wire<typeof placeForm>

/** A parked record, without its content. */
export type QuarantinedJson = Wire<typeof quarantinedForm>

/** The last action on it: operator, time and reason. */
export type Decided = Wire<typeof decidedForm>

/** A page of parked records, and how many there are for each reason. */
export type QuarantinedList = Wire<typeof quarantinedListForm>

/** The claims that a quarantined record put in doubt. */
export type InDoubtJson = Wire<typeof inDoubtForm>

/** One parked record. */
export type QuarantinedDetail = Wire<typeof quarantinedDetailForm>

/** A part of the payload of a parked record, for people. Its text is hostile: nothing of it is verified. */
export type DecodedPart = Wire<typeof decodedPartForm>

/** The raw bytes of a parked record, base64, and its payload for people. */
export type RawRecord = Wire<typeof rawRecordForm>

/** The outcome of a replayed record, or the one that it would have. */
export type ReplayAnswer = Wire<typeof replayForm>

/** The state of a record after a drop. */
export type DropAnswer = Wire<typeof dropForm>

/** The claims that an operator cleared, and those that the record still keeps in doubt. */
export type ClearAnswer = Wire<typeof clearForm>

/** The common part of the console's answers to orders. */
export interface Ordered {
  readonly result: string
  readonly dryRun?: boolean
  readonly outcome?: string
  readonly why?: string
  readonly becomes?: string
  readonly code?: string
  readonly rule?: string
  readonly state?: string
}
