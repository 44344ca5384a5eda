import { isProtectedUrl } from '@freshet/protocol'
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

/** Probes show their tokens to these edges. @returns what is wrong with it, or undefined */
export function probesInClear(settings: {
  readonly probeEdges?: ReadonlyMap<string, string> | undefined
  readonly probeAllowPlaintext: boolean
}): string | undefined {
  const edges = [...(settings.probeEdges ?? [])]
  const remote = edges.find(([, url]) => !isProtectedUrl(url))
  if (remote === undefined || settings.probeAllowPlaintext) return undefined
  const [name] = remote
  return `FRESHET_PROBE_EDGES: ${name} is an http address of another machine, so tokens would travel in clear; use https, or set FRESHET_PROBE_ALLOW_PLAINTEXT=true to accept that`
}

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
