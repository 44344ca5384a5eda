import * as z from 'zod'
import { sourceId } from '../wire-types.ts'
import type { SourceEntry } from './registry-entries.ts'
import { file, owner } from './registry-names.ts'
import { durationText, percentText, removalsText } from './registry-values.ts'

/** An identity source, as it stands in the registry file. */
export const source: z.ZodType<SourceEntry> = z
  .strictObject({
    owner: owner.describe('The team that answers for what it says. Shown.'),
    contact: z.string().max(256).default('').describe('Whom to reach when it falls silent. Shown.'),
    keys: file.describe('JWKS file with its public keys, relative to this file.'),
    ordering: z
      .enum(['dense', 'monotonic'])
      .describe('dense: it numbers its events itself, without a gap. monotonic: the gateway does.'),
    versions: z
      .enum(['element', 'feed'])
      .default('element')
      .describe(
        'feed: its sourceVersion grows over the whole feed, so it may withdraw values. element: per element.',
      ),
    assertions: z
      .enum(['any', 'bound'])
      .exactOptional()
      .describe(
        'bound: a bearer assertion names method, URL and body of its request. any (default): it may name none of them.',
      ),
    heartbeat: durationText.describe(
      'How often it says that it has nothing to say. Nothing measures it; lint compares it with lease.',
    ),
    lease: durationText.describe(
      'How long its silence counts as quiet; beyond it its claims are unverified.',
    ),
    onBehalfOf: z.array(sourceId).default([]).describe('Sources that it may speak for.'),
    maxSweep: percentText
      .exactOptional()
      .describe(
        'Share of its claims that a full statement may leave out unasked; above it the end waits for a confirmation. Default 20%.',
      ),
    maxRemovals: removalsText
      .exactOptional()
      .describe(
        'Removals of claims in a partition within a time, as `50 per 10m`; those beyond wait for a confirmation. Without it, none do.',
      ),
  })
  .describe('An identity source: who answers for it, its keys, and how its silence is read.')
