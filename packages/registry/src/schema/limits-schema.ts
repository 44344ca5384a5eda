import * as z from 'zod'
import type { LimitsEntry } from './registry-entries.ts'
import { rateText } from '../file/registry-values.ts'

/** The limits of a client or of a tenant, as written in the registry file. */
export const limits: z.ZodType<LimitsEntry> = z
  .strictObject({
    mint: rateText
      .exactOptional()
      .describe(
        'Tokens, as `4000 per 2s`: 2,000 a second on average and 4,000 at once. That is the default for a client. The default for a tenant is twice that.',
      ),
    revoke: rateText
      .exactOptional()
      .describe(
        'Revocations, as `120 per 1m`: 2 a second on average and 120 at once. That is the default for a client. The default for a tenant is twice that.',
      ),
  })
  .describe('The request limits at each authority. Further requests get 429.')
