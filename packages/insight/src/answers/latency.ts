import type { Wire } from '@freshet/wire/wire-types'
import * as z from 'zod'
import { answerWith, msOrNull, timeText } from './forms.ts'

export const latencySpanForm = z.object({
  from: timeText,
  counts: z.array(z.number()).describe('By bucket; the last bucket is beyond every bound'),
})

export const latencyStageForm = z.object({
  stage: z.string(),
  clocks: z.object({ from: z.string(), to: z.string() }),
  changes: z.number(),
  p50Ms: msOrNull.describe('`null`: no change, or one that never reached the stage'),
  p99Ms: msOrNull,
  maxMs: msOrNull,
  isAllDone: z.boolean(),
  spans: z.array(latencySpanForm),
})

export const latencyForm = answerWith({
  from: timeText,
  stepMs: z.number(),
  steps: z.number(),
  boundsMs: z.array(z.number()),
  isComplete: z
    .boolean()
    .describe('`false`: more changes ended than were measured; these are the newest'),
  stages: z.array(latencyStageForm),
  measuredAt: timeText,
})

/** The time that changes took, by stage. */
export type LatencyAnswer = Wire<typeof latencyForm>

/** One stage of the way. */
export type LatencyStageJson = Wire<typeof latencyStageForm>

/** Changes of a span of time by bucket; the last bucket is beyond every bound. */
export type LatencySpan = Wire<typeof latencySpanForm>
