import { DENIAL_KINDS, FreshetError, type ClaimValue, type DenialKind } from '@freshet/protocol'
import { readJsonBody } from '@freshet/runtime'
import * as z from 'zod'

/** The common members. */
interface Said {
  /** It is meant, although it touches more than may be cut off unasked; then with a reason. */
  readonly confirm?: true | undefined
  /** It is meant, although the registry does not have its target. */
  readonly unknown?: true | undefined
  /** The reason for the audit log. */
  readonly reason?: string | undefined
}

/** The request of an operator. It has the members of change events. */
export type CutOffRequest =
  | (Said & {
      readonly op: 'cut-off'
      readonly tenant: string
      readonly scope: 'tenant' | 'client'
      readonly target: string
      /** Names the order: sending it again is the same cut-off. */
      readonly order?: string | undefined
    })
  | (Said & {
      readonly op: 'deny'
      readonly tenant: string
      readonly scope: DenialKind
      readonly target: string
    })
  | {
      readonly op: 'value-withdrawn'
      readonly tenant: string
      readonly claim: string
      readonly value: ClaimValue
    }
  | {
      readonly op: 'activate'
      /** A policy version that was published. */
      readonly pv: number
      readonly minimum?: number | undefined
      readonly reason: string
    }

const word = (length: number): z.ZodType<string> =>
  z
    .string()
    .min(1)
    .max(length)
    .regex(/^[^\u0000-\u001f\u007f]+$/, 'must hold no control character')
const tenant = word(128)
const target = word(512)
const said = {
  confirm: z.literal(true).optional(),
  unknown: z.literal(true).optional(),
  reason: word(512).optional(),
}

/** A member that is not known is an error: what it was meant to narrow would be cut off whole. */
const schema: z.ZodType<CutOffRequest> = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('cut-off'),
    tenant,
    scope: z.enum(['tenant', 'client']),
    target,
    order: word(128).optional(),
    ...said,
  }),
  z.strictObject({
    op: z.literal('deny'),
    tenant,
    scope: z.enum(DENIAL_KINDS),
    target,
    ...said,
  }),
  z.strictObject({
    op: z.literal('value-withdrawn'),
    tenant,
    claim: word(128),
    value: z.union([z.string().max(1_024), z.number(), z.boolean()]),
  }),
  z.strictObject({
    op: z.literal('activate'),
    pv: z.int().min(1),
    minimum: z.int().min(0).optional(),
    reason: word(512),
  }),
])

/** Reads the body of `POST /v1/cut-offs`. @throws `request.malformed` with every place */
export function readCutOff(bytes: Uint8Array): CutOffRequest {
  const order = readJsonBody(bytes, schema, 'a cut-off, denial, withdrawal or activation')
  if ('confirm' in order && order.confirm && order.reason === undefined)
    throw new FreshetError('request.malformed', 'A confirmed order needs a reason.')
  return order
}
