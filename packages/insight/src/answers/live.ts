import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { changeForm } from './change.ts'
import { msOrNull, timeText } from './forms.ts'
import { edgeForm } from './loop.ts'

const notInTheStream = {
  position: true,
  revocation: true,
  occurredAt: true,
  recordedAt: true,
  traceparent: true,
} as const

export const liveChangeForm = changeForm.omit(notInTheStream).extend({
  subject: changeForm.shape.subject
    .exactOptional()
    .describe('Absent from consoles of earlier versions'),
  at: timeText,
  state: z.string(),
  completeMs: msOrNull,
  isUpperBound: z.boolean().exactOptional(),
  edges: z
    .object({ applied: z.number(), awaited: z.number() })
    .describe('The number of edges that must apply it, and of those that did'),
})

export const liveEdgeForm = edgeForm.pick({
  edge: true,
  edges: true,
  isUpperBound: true,
  audience: true,
  version: true,
  standing: true,
})

export const liveSloForm = z.object({
  name: z.string(),
  state: z.string(),
  ratio: z.number().nullable(),
  budgetRemaining: z.number().nullable(),
})

/** A change in the stream. Only operators get the name of its subject and its values. */
export type LiveChange = Wire<typeof liveChangeForm>

/** An edge whose standing is another than before. */
export type LiveEdge = Wire<typeof liveEdgeForm>

/** A service level that is otherwise than before. */
export type LiveSlo = Wire<typeof liveSloForm>

/** Something was left out. */
export interface LiveGap {
  readonly reason: string
}
