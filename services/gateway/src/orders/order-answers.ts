import { answerForms } from '@freshet/insight/answers'
import { DENIAL_KINDS } from '@freshet/protocol'
import * as z from 'zod'

const { Difference } = answerForms
const dryRun = { dryRun: z.literal(true) }
const version = z.object({ pv: z.int(), hash: z.string() })

/** The tokens and edges that an order would affect. */
export const cutOffPlanForm = z.object({
  ...dryRun,
  op: z.enum(['cut-off', 'deny', 'value-withdrawn', 'activate']),
  scope: z.enum(['tenant', 'client', ...DENIAL_KINDS]).exactOptional(),
  pv: z.int().exactOptional(),
  minimum: z.int().exactOptional(),
  differences: z.array(Difference).exactOptional(),
  touches: z
    .object({ tokens: z.int(), subjects: z.int(), clients: z.int(), edges: z.int() })
    .describe('Outstanding tokens, their subjects and clients, and running edges'),
  guard: z
    .object({
      share: z.number(),
      tokens: z.int(),
      outstanding: z.int(),
      needsConfirmation: z.boolean(),
    })
    .exactOptional()
    .describe('Present if the registry declares a guard'),
})

/** The break-glass grant that an order would make. */
export const grantPlanForm = z.object({
  ...dryRun,
  opens: z.object({
    tenant: z.string(),
    audience: z.string(),
    route: z.string(),
    claim: z.string(),
    reason: z.string(),
    until: z.string().meta({ format: 'date-time' }),
  }),
})

/** The result of an erasure. */
export const erasedForm = z.object({
  apiVersion: z.string(),
  id: z.string(),
  rows: z.record(z.string(), z.int()).describe('The number of rows of each kind'),
})

/** A policy version that is stored, or would be. */
export const publishedForm = z.object({
  dryRun: z.literal(true).exactOptional(),
  pv: z.int(),
  hash: z.string(),
  isNew: z.boolean(),
  against: version.describe('The version in force'),
  differences: z.array(Difference),
  needsMinimum: z.boolean(),
})
