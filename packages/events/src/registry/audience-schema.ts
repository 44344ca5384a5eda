import * as z from 'zod'
import { claimName } from '../wire-types.ts'
import { ENFORCED, enforcementForm } from './enforcement.ts'
import type { AudienceEntry } from './registry-entries.ts'
import { anyName, file, type Key } from './registry-names.ts'
import { durationText } from './registry-values.ts'
import { scope, scopeName } from './scope-schema.ts'

const route = z
  .strictObject({
    require: z
      .record(claimName as Key, z.array(z.string().min(1)).min(1))
      .default({})
      .describe('Values of which the token must carry all, by claim.'),
    risk: z
      .enum(['normal', 'high'])
      .default('normal')
      .describe('high: the authority judges each request.'),
    enforce: z
      .string()
      .regex(enforcementForm, 'must be `always`, or `observe until` and a day, as 2026-12-24')
      .default(ENFORCED)
      .describe(
        'always, or observe until DATE: verdicts are told and counted, and what is valid goes on, through that day in UTC.',
      ),
    policies: z
      .array(file)
      .max(16)
      .default([])
      .describe(
        'Files of Cedar policies, relative to this file: they can refuse what `require` would allow.',
      ),
  })
  .describe('What a request needs that a proxy asks a sidecar about.')

/** A resource server, as it stands in the registry file. */
export const audience: z.ZodType<AudienceEntry> = z
  .strictObject({
    claims: z
      .array(claimName)
      .default([])
      .describe('Claims that its tokens carry: as few as its routes need.'),
    scopes: z
      .record(scopeName as Key, scope)
      .default({})
      .describe('Scopes that its tokens can have, by name. Others are `invalid_scope`.'),
    ttl: durationText.describe('Life of its tokens.'),
    maxBytes: z
      .int()
      .min(1)
      .exactOptional()
      .describe(
        'Bytes of all claims of a token together, as JSON; with more, `onOver` of each says what is done.',
      ),
    routes: z
      .record(anyName, route)
      .default({})
      .describe('By method and path, as `POST /approve`, compared whole. Others are refused.'),
  })
  .describe('A resource server: the claims its tokens carry, for how long, what its routes need.')
