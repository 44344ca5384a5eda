import * as z from 'zod'
import type { LimitsEntry } from './registry-entries.ts'
import { rateText } from './registry-values.ts'

/** The limits of a client or of a tenant, as they stand in the registry file. */
export const limits: z.ZodType<LimitsEntry> = z
  .strictObject({
    mint: rateText
      .exactOptional()
      .describe(
        'Tokens, as `4000 per 2s`: 2,000 a second on average and 4,000 at once. Default that for a client, twice that for a tenant.',
      ),
    revoke: rateText
      .exactOptional()
      .describe(
        'Revocations, as `120 per 1m`: 2 a second on average and 120 at once. Default that for a client, twice that for a tenant.',
      ),
  })
  .describe('How often each authority answers; requests beyond are 429.')
