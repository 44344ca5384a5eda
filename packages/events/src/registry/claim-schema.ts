import { PATTERN_LENGTH_MAX } from '@freshet/domain'
import * as z from 'zod'
import { claimName, sourceId, text } from '../wire-types.ts'
import type { ClaimEntry } from './registry-entries.ts'
import { className, owner } from './registry-names.ts'
import { durationText } from './registry-values.ts'

/** A claim type, as it stands in the registry file. */
export const claim: z.ZodType<ClaimEntry> = z
  .strictObject({
    source: sourceId.describe('The one source of its truth.'),
    owner: owner.describe('The team that decides what it means. Shown.'),
    description: z
      .string()
      .max(1024)
      .default('')
      .describe('What it says, so that every system reads it the same way. Shown.'),
    kind: z
      .enum(['authoritative', 'descriptive'])
      .describe(
        'authoritative: routes may require it. descriptive: shown, never a grant; it never denies and never goes stale.',
      ),
    shape: z.enum(['set', 'scalar']).describe('set: any number of values. scalar: one at most.'),
    polarity: z
      .enum(['grant', 'restrict'])
      .default('grant')
      .describe('grant: a removed value tightens. restrict: an added value tightens.'),
    class: className.describe('Class of its changes, as metrics and the change log name it.'),
    maxTtl: durationText.describe('Longest life of a token that carries it.'),
    maxBytes: z
      .int()
      .min(1)
      .exactOptional()
      .describe('Bytes of its values as JSON; with more, `onOver` says what is done.'),
    onUnverified: z
      .enum(['deny', 'strip', 'validate'])
      .default('deny')
      .describe(
        'When its source cannot be heard. deny: refuse. strip: go on without it, where no route requires it. validate: the authority judges.',
      ),
    onMissing: z
      .enum(['refuse', 'omit'])
      .exactOptional()
      .describe(
        'When its source is silent, or it is in doubt, as a token is minted. refuse (default): nothing is minted. omit: the token says that it leaves it out.',
      ),
    onOver: z
      .enum(['refuse', 'omit'])
      .exactOptional()
      .describe(
        'When it, or all claims of the token together, are too large. refuse (default): nothing is minted. omit: as above; the last of its audience go first.',
      ),
    delegation: z
      .enum(['intersect', 'subject'])
      .exactOptional()
      .describe(
        'Of a token with actors. intersect (default): values that all parties have; of a restriction, those of any. subject: those of its subject.',
      ),
    publish: z
      .boolean()
      .default(false)
      .describe('Whether its values may be disclosed on the revocation topic.'),
    from: z
      .array(claimName)
      .default([])
      .describe('Claims that it is derived from; it goes stale with them.'),
    values: z
      .array(z.union([z.string().min(1).max(256), z.number(), z.boolean()]))
      .min(1)
      .max(1000)
      .exactOptional()
      .describe(
        'All values that it can have: others are refused, and never minted. Without it, any.',
      ),
    pattern: text(PATTERN_LENGTH_MAX)
      .exactOptional()
      .describe(
        'The form that each of its values has as a whole, as `[a-z]+:(read|write)`: others are refused, and never minted. Without it, any.',
      ),
    corroborates: sourceId
      .exactOptional()
      .describe(
        'A second source that states it too: tokens carry what both say, and either takes away. Without it, its source alone.',
      ),
    partners: z
      .array(
        z
          .strictObject({
            name: sourceId.describe('One of `onBehalfOf` of its source.'),
            prefix: z.string().min(1).max(128).describe('How each of its values begins.'),
          })
          .describe('Whose values they are.'),
      )
      .max(64)
      .exactOptional()
      .describe(
        'Who says values of it through its source, each under a prefix. Without it, whomever its source speaks for says any value.',
      ),
  })
  .describe('A claim type: the one source of its truth, its owner, and how it may be used.')
