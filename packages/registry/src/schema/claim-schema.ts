import { PATTERN_LENGTH_MAX } from '@freshet/protocol'
import * as z from 'zod'
import { claimName, sourceId, text } from '@freshet/wire/wire-types'
import type { ClaimEntry } from './registry-entries.ts'
import { className, owner } from './registry-names.ts'
import { durationText } from '../file/registry-values.ts'

/** A claim type, as written in the registry file. */
export const claim: z.ZodType<ClaimEntry> = z
  .strictObject({
    source: sourceId.describe('The one source of its values.'),
    owner: owner.describe('The team that defines its meaning. Shown.'),
    description: z
      .string()
      .max(1024)
      .default('')
      .describe('Its meaning, so that every system reads it in the same way. Shown.'),
    kind: z
      .enum(['authoritative', 'descriptive'])
      .describe(
        'authoritative: routes can require it. descriptive: it is shown, never grants or denies, and never becomes stale.',
      ),
    shape: z.enum(['set', 'scalar']).describe('set: any number of values. scalar: one at most.'),
    polarity: z
      .enum(['grant', 'restrict'])
      .default('grant')
      .describe('grant: a removed value tightens. restrict: an added value tightens.'),
    class: className.describe('The class of its changes in metrics and the change log.'),
    maxTtl: durationText.describe('The longest life of a token that carries it.'),
    maxBytes: z
      .int()
      .min(1)
      .exactOptional()
      .describe('The maximum size of its values as JSON, in bytes. `onOver` applies above it.'),
    onUnverified: z
      .enum(['deny', 'strip', 'validate'])
      .default('deny')
      .describe(
        'The decision while it is unverified. deny: refuse. strip: continue without it, if no route requires it. validate: the authority judges.',
      ),
    onMissing: z
      .enum(['refuse', 'omit'])
      .exactOptional()
      .describe(
        'The decision at minting if its source is silent or it is in doubt. refuse (default): nothing is minted. omit: the token names it as omitted.',
      ),
    onOver: z
      .enum(['refuse', 'omit'])
      .exactOptional()
      .describe(
        'The decision if it, or all claims of the token together, are too large. refuse (default): nothing is minted. omit: as above, beginning with the last of its audience.',
      ),
    delegation: z
      .enum(['intersect', 'subject'])
      .exactOptional()
      .describe(
        'The values in a token with actors. intersect (default): those that all parties have, or for a restriction those of any party. subject: those of its subject.',
      ),
    publish: z
      .boolean()
      .default(false)
      .describe('true: the revocation topic can disclose its values.'),
    from: z
      .array(claimName)
      .default([])
      .describe('Claims that it is derived from. It becomes stale with them.'),
    values: z
      .array(z.union([z.string().min(1).max(256), z.number(), z.boolean()]))
      .min(1)
      .max(1000)
      .exactOptional()
      .describe(
        'All values that it can have. Others are refused, and never minted. The default is any value.',
      ),
    pattern: text(PATTERN_LENGTH_MAX)
      .exactOptional()
      .describe(
        'The form of each whole value, as `[a-z]+:(read|write)`. Others are refused, and never minted. The default is any form.',
      ),
    corroborates: sourceId
      .exactOptional()
      .describe(
        'A second source of the claim. Tokens carry the values of both, and either can remove. The default is its source alone.',
      ),
    partners: z
      .array(
        z
          .strictObject({
            name: sourceId.describe('One of `onBehalfOf` of its source.'),
            prefix: z.string().min(1).max(128).describe('The beginning of each of its values.'),
          })
          .describe('A partner with its own values.'),
      )
      .max(64)
      .exactOptional()
      .describe(
        'Partners that send values of it through its source, each with a prefix. Without it, every partner of its source can send any value.',
      ),
  })
  .describe('A claim type: the one source of its values, its owner, and its use.')
