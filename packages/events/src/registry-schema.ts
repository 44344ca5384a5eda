import * as z from 'zod'
import { claimName, sourceId, tenantId, text } from './wire-types.ts'

const factors: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const durationForm = /^(\d{1,9})(ms|s|m|h|d)$/

/** Milliseconds of a duration like `500ms`, `5s`, `10m`, `2h` or `28d`. */
export function durationMs(duration: string): number {
  const match = durationForm.exec(duration)
  return Number(match?.[1]) * (factors[match?.[2] ?? ''] ?? Number.NaN)
}

const durationText = z
  .string({ error: 'must be a duration like 500ms, 5s, 10m, 2h or 28d' })
  .regex(durationForm, 'must be a duration like 500ms, 5s, 10m, 2h or 28d')
  .refine((value) => durationMs(value) > 0, 'must be longer than nothing')

const percentForm = /^\d{1,3}(?:\.\d{1,6})?%$/

/** The share, 0 to 1, that a percentage like `99.9%` names. */
export function shareOf(percent: string): number {
  const digits = percent.slice(0, -1)
  const decimals = digits.split('.')[1]?.length ?? 0
  return Number((Number(digits) / 100).toFixed(decimals + 2))
}

const percent = z
  .string({ error: 'must be a percentage like 99.9%' })
  .regex(percentForm, 'must be a percentage like 99.9%')
  .refine((value) => shareOf(value) <= 1, 'must be at most 100%')

const file = text(512)
const owner = z.string().max(256).default('')
const sourceName = sourceId as z.ZodType<string, string> & z.core.$ZodRecordKey
const claimKey = claimName as z.ZodType<string, string> & z.core.$ZodRecordKey
const tenantKey = tenantId as z.ZodType<string, string> & z.core.$ZodRecordKey
const anyName = text(512) as z.ZodType<string, string> & z.core.$ZodRecordKey

const source = z.strictObject({
  owner,
  contact: z.string().max(256).default(''),
  keys: file,
  ordering: z.enum(['dense', 'monotonic']),
  versions: z.enum(['element', 'feed']).default('element'),
  heartbeat: durationText,
  lease: durationText,
  onBehalfOf: z.array(sourceId).default([]),
})

const claim = z.strictObject({
  source: sourceId,
  owner,
  description: z.string().max(1024).default(''),
  kind: z.enum(['authoritative', 'descriptive']),
  shape: z.enum(['set', 'scalar']),
  polarity: z.enum(['grant', 'restrict']).default('grant'),
  class: z.string().min(1).max(64),
  maxTtl: durationText,
  maxBytes: z.int().min(1).exactOptional(),
  onUnverified: z.enum(['deny', 'strip', 'validate']).default('deny'),
  publish: z.boolean().default(false),
  from: z.array(claimName).default([]),
})

const route = z.strictObject({
  require: z.record(claimKey, z.array(z.string().min(1)).min(1)).default({}),
  risk: z.enum(['normal', 'high']).default('normal'),
})

const audience = z.strictObject({
  claims: z.array(claimName).default([]),
  ttl: durationText,
  routes: z.record(anyName, route).default({}),
})

const identityProvider = z.strictObject({ issuer: text(512), keys: file })

const tenant = z.strictObject({ identityProviders: z.array(identityProvider).max(100).default([]) })

const client = z.strictObject({
  tenant: tenantId,
  secretHash: z
    .string()
    .regex(/^[\w-]{43}$/, 'must be a base64url SHA-256')
    .exactOptional(),
  keys: file.exactOptional(),
  subject: z.strictObject({ iss: text(512), sub: text(512) }).exactOptional(),
  audiences: z.array(text(256)).default([]),
  introspects: z.array(text(256)).default([]),
})

const serviceLevel = z.strictObject({
  objective: percent,
  within: durationText,
  window: durationText,
})

/** The registry file, after YAML. Unlike events it knows all its members: a typo is an error. */
const registryShape = z.strictObject({
  version: z.int().min(1),
  account: sourceId,
  cutOffs: z.array(sourceId).default([]),
  tenants: z.record(tenantKey, tenant).default({}),
  sources: z.record(sourceName, source),
  claims: z.record(claimKey, claim),
  audiences: z.record(anyName, audience).default({}),
  clients: z.record(anyName, client).default({}),
  slo: z.record(z.string().min(1).max(64), serviceLevel).default({}),
})

/** A source in the registry file, with defaults filled in; durations are still text. */
export interface SourceEntry {
  readonly owner: string
  readonly contact: string
  readonly keys: string
  readonly ordering: 'dense' | 'monotonic'
  readonly versions: 'element' | 'feed'
  readonly heartbeat: string
  readonly lease: string
  readonly onBehalfOf: readonly string[]
}

/** A claim in the registry file, with defaults filled in. */
export interface ClaimEntry {
  readonly source: string
  readonly owner: string
  readonly description: string
  readonly kind: 'authoritative' | 'descriptive'
  readonly shape: 'set' | 'scalar'
  readonly polarity: 'grant' | 'restrict'
  readonly class: string
  readonly maxTtl: string
  readonly maxBytes?: number
  readonly onUnverified: 'deny' | 'strip' | 'validate'
  readonly publish: boolean
  readonly from: readonly string[]
}

/** An audience in the registry file, with defaults filled in. */
export interface AudienceEntry {
  readonly claims: readonly string[]
  readonly ttl: string
  readonly routes: Readonly<
    Record<
      string,
      {
        readonly require: Readonly<Record<string, readonly string[]>>
        readonly risk: 'normal' | 'high'
      }
    >
  >
}

/** A client in the registry file, with defaults filled in. */
export interface ClientEntry {
  readonly tenant: string
  readonly secretHash?: string
  readonly keys?: string
  readonly subject?: { readonly iss: string; readonly sub: string }
  readonly audiences: readonly string[]
  readonly introspects: readonly string[]
}

/** The registry file with its defaults filled in. */
export interface RegistryFile {
  readonly version: number
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly tenants: Readonly<
    Record<
      string,
      { readonly identityProviders: readonly { readonly issuer: string; readonly keys: string }[] }
    >
  >
  readonly sources: Readonly<Record<string, SourceEntry>>
  readonly claims: Readonly<Record<string, ClaimEntry>>
  readonly audiences: Readonly<Record<string, AudienceEntry>>
  readonly clients: Readonly<Record<string, ClientEntry>>
  readonly slo: Readonly<
    Record<string, { readonly objective: string; readonly within: string; readonly window: string }>
  >
}

/** The registry file, after YAML. */
export const registrySchema: z.ZodType<RegistryFile> = registryShape
