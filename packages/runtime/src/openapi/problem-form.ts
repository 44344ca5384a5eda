import { errorCodes } from '@freshet/protocol'
import * as z from 'zod'

const code = z.enum(Object.keys(errorCodes) as [string, ...string[]])

/** The schema of a refusal (RFC 9457) with the code that docs/errors.md explains. */
export const problemForm = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code,
  errors: z
    .array(
      z.object({ pointer: z.string().describe('JSON pointer into the body'), rule: z.string() }),
    )
    .exactOptional()
    .describe('The rules that the body breaks'),
  retryAfter: z
    .int()
    .exactOptional()
    .describe('Seconds after which a retry can help; with 429 and 503'),
})

/** The schema of a refusal of the OAuth endpoints (RFC 6749 §5.2) with its code. */
export const oauthErrorForm = z.object({ error: z.string(), error_description: z.string(), code })
