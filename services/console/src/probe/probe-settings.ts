import * as z from 'zod'

const EDGES_MAX = 20

/** The keys that probes sign with, and their client’s secret. */
export interface ProbeKeys {
  readonly source: unknown
  readonly idp: unknown
  readonly clientSecret: string
}

/** `name=url` of sidecars, by commas. */
export const probeEdges: z.ZodType<ReadonlyMap<string, string>> = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim().split('=', 2)))
  .pipe(
    z
      .array(z.tuple([z.string().min(1), z.url()]))
      .min(1)
      .max(EDGES_MAX),
  )
  .transform((pairs) => new Map(pairs))

/** JSON: two private JWKs and a secret. */
export const probeKeys: z.ZodType<ProbeKeys> = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' })
      return z.NEVER
    }
  })
  .pipe(z.strictObject({ source: z.unknown(), idp: z.unknown(), clientSecret: z.string().min(1) }))
