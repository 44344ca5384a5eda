import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith, timeText } from './forms.ts'
import { healthForm } from './health.ts'

export const evidenceRowForm = z.object({
  row: z.string(),
  framework: z.string(),
  id: z.string(),
  title: z.string(),
  claim: z.string(),
  command: z.string(),
  value: z.number().nullable(),
  unit: z.string(),
  limit: z.string(),
  verdict: z.enum(['green', 'red', 'unknown']),
  detail: z.string(),
  at: timeText,
})

export const evidenceForm = answerWith({
  at: timeText,
  policy: z.object({ version: z.number(), hash: z.string() }),
  health: healthForm
    .omit({ apiVersion: true })
    .exactOptional()
    .describe('The verdict at that time; absent from consoles of earlier versions'),
  items: z.array(evidenceRowForm),
})

/** A row of the evidence report. */
export type EvidenceRowAnswer = Wire<typeof evidenceRowForm>

/** The current measurements of each control. */
export type EvidenceAnswer = Wire<typeof evidenceForm>
