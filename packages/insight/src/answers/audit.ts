import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith, timeText } from './forms.ts'

export const auditEntryForm = z.object({
  stream: z.string(),
  n: z.string().describe('Its place in the chain'),
  kind: z.string(),
  tenant: z.string(),
  ref: z.string(),
  at: timeText,
  by: z
    .string()
    .nullable()
    .describe('`null`, with the facts: the build that answers cannot read the entry'),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  hash: z.string(),
})

export const auditForm = answerWith({
  streams: z.array(z.object({ stream: z.string(), sealed: z.string(), pending: z.number() })),
  items: z.array(auditEntryForm),
  kinds: z
    .array(z.object({ kind: z.string(), stream: z.string() }))
    .exactOptional()
    .describe('The kinds of entries, and the chain of each; absent from earlier versions'),
})

/** Something that happened, as it is sealed. */
export type AuditEntryJson = Wire<typeof auditEntryForm>

/** Sealed entries, the newest first, and how far each chain is. */
export type AuditAnswer = Wire<typeof auditForm>
