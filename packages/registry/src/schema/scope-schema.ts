import * as z from 'zod'
import { claimName } from '@freshet/wire/wire-types'
import type { ScopeEntry } from './registry-entries.ts'
import type { Key } from './registry-names.ts'

/** The name of a scope: a `scope-token` of RFC 6749 §3.3. */
export const scopeName: z.ZodType<string, string> = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+$/,
    'must be a scope of RFC 6749: printable ASCII without spaces',
  )
  .refine((name) => name !== '__proto__', 'is a name that nothing may have')

/** A scope of an audience, as written in the registry file. */
export const scope: z.ZodType<ScopeEntry> = z
  .strictObject({
    require: z
      .record(claimName as Key, z.array(z.string().min(1)).min(1))
      .default({})
      .describe(
        'All values that the token must carry, by claim. A token with the scope then becomes stale with these claims. Without it, every client that has the scope gets it.',
      ),
  })
  .describe('A scope that a client can request (RFC 6749 §3.3), if the client has it too.')
