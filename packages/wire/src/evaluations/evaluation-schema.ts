import { PARTITIONS } from '@freshet/protocol'
import * as z from 'zod'
import { verdictSchema } from './verdict-json.ts'
import { claimName, decimal, LENGTHS, tenantId, text, type Wire } from '../json/wire-types.ts'

/** Claims that one request names at most. */
export const EVALUATION_CLAIMS_MAX = 64

/** Values of one claim that a request can require at most, and characters of each. */
export const REQUIRED_MAX = 64
const REQUIRED_LENGTH_MAX = 1_024

/** Characters of the token in a request. */
const TOKEN_LENGTH_MAX = 8_192

/**
 * The action for claims: can this subject use these claims of its token at this audience? Every other action
 * is a route of the audience, as written in the registry.
 */
export const EVALUATION_ACTION = 'use-claims'
export const EVALUATION_RESOURCE = 'audience'

const entity = z.object({ type: text(LENGTHS.id), id: text(LENGTHS.id) })

const required = z
  .record(claimName, z.array(z.string().min(1).max(REQUIRED_LENGTH_MAX)).min(1).max(REQUIRED_MAX))
  .refine((all) => Object.keys(all).length <= EVALUATION_CLAIMS_MAX, {
    error: 'names too many claims',
  })

const position = z.object({
  partition: z
    .int()
    .min(0)
    .max(PARTITIONS.length - 1),
  e: decimal,
  offset: decimal,
})

/** An access evaluation, with the members of its context that Freshet reads. */
export const evaluationSchema = z.object({
  subject: entity,
  action: z.object({
    name: text(LENGTHS.id),
    properties: z
      .object({
        risk: z.string().max(LENGTHS.id).exactOptional(),
        require: required.exactOptional(),
        ignores: z.array(claimName).max(EVALUATION_CLAIMS_MAX).exactOptional(),
      })
      .exactOptional(),
  }),
  resource: entity,
  /** All members except the three named ones are facts of the request, for policies. */
  context: z
    .looseObject({
      token: z.string().max(TOKEN_LENGTH_MAX).exactOptional(),
      claims: z.array(claimName).max(EVALUATION_CLAIMS_MAX).exactOptional(),
      positions: z
        .array(position)
        .max(PARTITIONS.length)
        .refine((all) => new Set(all.map((each) => each.partition)).size === all.length, {
          error: 'names a partition twice',
        })
        .exactOptional(),
    })
    .exactOptional(),
})

/** Body of an access evaluation (AuthZEN 1.0 §6.1); members that are not named are ignored. */
export type WireEvaluation = Wire<typeof evaluationSchema>

/** Policies that an answer names at most: the first of those that decided. */
export const POLICIES_NAMED_MAX = 8

/** The form of an answer, for its readers. */
export const evaluationAnswerSchema = z.object({
  decision: z.boolean(),
  context: z
    .object({
      jti: text(256).exactOptional(),
      tenant: tenantId.exactOptional(),
      claims: z.record(claimName, verdictSchema).exactOptional(),
      token: verdictSchema.exactOptional(),
      code: text(LENGTHS.id).exactOptional(),
      held: z.array(claimName).max(EVALUATION_CLAIMS_MAX).exactOptional(),
      policies: z.array(z.string().max(1_024)).max(POLICIES_NAMED_MAX).exactOptional(),
    })
    .exactOptional(),
})

/** Answer to an access evaluation (AuthZEN 1.0 §6.2). */
export type WireEvaluationAnswer = Wire<typeof evaluationAnswerSchema>
