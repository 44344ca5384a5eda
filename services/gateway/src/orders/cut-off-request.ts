import { DENIAL_KINDS, FreshetError } from '@freshet/protocol'
import { text, type Wire } from '@freshet/wire/wire-types'
import { readJsonBody } from '@freshet/runtime'
import * as z from 'zod'

const target = text(512)
const confirmation = {
  confirm: z
    .literal(true)
    .optional()
    .describe('The order is meant, although it affects more than the guard allows; with a reason'),
  unknown: z
    .literal(true)
    .optional()
    .describe('The order is meant, although the registry does not have its target'),
  reason: text(512).optional().describe('The reason for the audit'),
}

/** A member that is not known is an error: what it was meant to narrow would be cut off whole. */
export const cutOffForm = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('cut-off'),
    tenant: text(128),
    scope: z.enum(['tenant', 'client']),
    target,
    order: text(128)
      .optional()
      .describe('Names the order. The same name again is the same cut-off'),
    ...confirmation,
  }),
  z.strictObject({
    op: z.literal('deny'),
    tenant: text(128),
    scope: z.enum(DENIAL_KINDS),
    target,
    ...confirmation,
  }),
  z.strictObject({
    op: z.literal('value-withdrawn'),
    tenant: text(128),
    claim: text(128),
    value: z.union([z.string().max(1_024), z.number(), z.boolean()]),
  }),
  z.strictObject({
    op: z.literal('activate'),
    pv: z.int().min(1).describe('A policy version that was published'),
    minimum: z.int().min(0).optional(),
    reason: text(512),
  }),
])

/** The request of an operator. It has the members of change events. */
export type CutOffRequest = Wire<typeof cutOffForm>

/** Reads the body of `POST /v1/cut-offs`. @throws `request.malformed` with every place */
export function readCutOff(bytes: Uint8Array): CutOffRequest {
  const order = readJsonBody(bytes, cutOffForm, 'a cut-off, denial, withdrawal or activation')
  if ('confirm' in order && order.confirm && order.reason === undefined)
    throw new FreshetError('request.malformed', 'A confirmed order needs a reason.')
  return order
}
