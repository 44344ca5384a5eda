import * as z from 'zod'
import { sourceId } from '@freshet/wire/wire-types'
import type { SourceEntry } from './registry-entries.ts'
import { file, owner } from './registry-names.ts'
import { durationText, percentText, removalsText } from '../file/registry-values.ts'

/** An identity source, as written in the registry file. */
export const source: z.ZodType<SourceEntry> = z
  .strictObject({
    owner: owner.describe('The team that is responsible for its data. Shown.'),
    contact: z.string().max(256).default('').describe('The contact for a silent source. Shown.'),
    keys: file.describe('JWKS file with its public keys, relative to this file.'),
    ordering: z
      .enum(['dense', 'monotonic'])
      .describe(
        'dense: the source numbers its events itself, without a gap. monotonic: the gateway does.',
      ),
    versions: z
      .enum(['element', 'feed'])
      .default('element')
      .describe(
        'feed: its sourceVersion grows over the whole feed, so it can withdraw values. element: per element.',
      ),
    assertions: z
      .enum(['any', 'bound'])
      .exactOptional()
      .describe(
        'bound: a bearer assertion names method, URL and body of its request. any (default): it can omit them.',
      ),
    heartbeat: durationText.describe(
      'The interval of its heartbeats. It is not measured. Lint compares it with lease.',
    ),
    lease: durationText.describe(
      'The time for which its silence means no change. After it, its claims are unverified.',
    ),
    onBehalfOf: z.array(sourceId).default([]).describe('Partners for which it can send events.'),
    maxSweep: percentText
      .exactOptional()
      .describe(
        'The share of its claims that a snapshot can omit. Above it, the end waits for a confirmation. Default 20%.',
      ),
    maxRemovals: removalsText
      .exactOptional()
      .describe(
        'Removals of claims in a partition within a time, as `50 per 10m`. Further ones wait for a confirmation. Without it, none wait.',
      ),
  })
  .describe('An identity source: its owner, its keys, and the meaning of its silence.')
