import * as z from 'zod'
import { claimName } from '@freshet/wire/wire-types'
import { ENFORCED, enforcementForm } from '@freshet/wire'
import type { AudienceEntry } from './registry-entries.ts'
import { anyName, file, type Key } from './registry-names.ts'
import { durationText } from '../file/registry-values.ts'
import { scope, scopeName } from './scope-schema.ts'

const route = z
  .strictObject({
    require: z
      .record(claimName as Key, z.array(z.string().min(1)).min(1))
      .default({})
      .describe('All values that the token must carry, by claim.'),
    risk: z
      .enum(['normal', 'high'])
      .default('normal')
      .describe('high: the authority judges each request.'),
    enforce: z
      .string()
      .regex(enforcementForm, 'must be `always`, or `observe until` and a day, as 2026-12-24')
      .default(ENFORCED)
      .describe(
        'always, or observe until DATE: until the end of that day in UTC, verdicts are reported and counted, and valid requests are allowed.',
      ),
    policies: z
      .array(file)
      .max(16)
      .default([])
      .describe(
        'Files of Cedar policies, relative to this file. They can refuse requests that `require` would allow.',
      ),
    ignores: z
      .array(claimName)
      .min(1)
      .max(64)
      .exactOptional()
      .describe(
        'Claims of `polarity: restrict` that do not bind its requests. Without it, every restricting claim of the audience does.',
      ),
  })
  .describe('The requirements of a request, which a sidecar checks for a proxy.')

/** A resource server, as written in the registry file. */
export const audience: z.ZodType<AudienceEntry> = z
  .strictObject({
    claims: z
      .array(claimName)
      .default([])
      .describe('The claims of its tokens: as few as its routes need.'),
    scopes: z
      .record(scopeName as Key, scope)
      .default({})
      .describe('Scopes that its tokens can have, by name. Others are `invalid_scope`.'),
    ttl: durationText.describe('The life of its tokens.'),
    maxBytes: z
      .int()
      .min(1)
      .exactOptional()
      .describe(
        'The maximum size of all claims of a token together, as JSON, in bytes. `onOver` of each claim applies above it.',
      ),
    routes: z
      .record(anyName, route)
      .default({})
      .describe(
        'Routes, by method and path, as `POST /approve`, compared as a whole. Others are refused.',
      ),
  })
  .describe(
    'A resource server: the claims and the life of its tokens, and the requirements of its routes.',
  )
