import * as z from 'zod'

const SERVICES_MAX = 50
const NAME = /^[\w:.@-]{1,64}$/

/** `name=url` of services, by commas. A name begins with the kind of the service: `sidecar:2`. */
export const healthServices: z.ZodType<ReadonlyMap<string, string>> = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim().split('=', 2)))
  .pipe(
    z
      .array(z.tuple([z.string().regex(NAME), z.url({ protocol: /^https?$/ })]))
      .min(1)
      .max(SERVICES_MAX),
  )
  .transform((pairs) => new Map(pairs))
