import { isProtectedUrl } from '@freshet/protocol'
import * as z from 'zod'

/** A URL that secrets are sent to: https, or http on loopback. */
export const protectedUrl: z.ZodType<string> = z
  .url()
  .refine(isProtectedUrl, 'must be https, or on loopback')
