import * as z from 'zod'
import { JSON_BYTES_MAX } from '../json/strict-json.ts'
import { critical, decimal, tenantId, time } from '../json/wire-types.ts'

/** Tenants that one heartbeat of a source can be for. */
export const HEARTBEAT_TENANTS_MAX = 1_000
/**
 * Largest record of such a heartbeat, in bytes, for any body that a gateway accepts. A tenant without a
 * sequence has 10 bytes more in the record than in the body. The limit is below the 1 MiB that brokers accept
 * by default.
 */
export const HEARTBEATS_BYTES_MAX: number = JSON_BYTES_MAX + 24 * HEARTBEAT_TENANTS_MAX

const ALONE = 'must be left out beside `tenants`'

const member = z.object({ tenant: tenantId, sequence: decimal.exactOptional() })

/** Body of `POST /v1/heartbeats` for many tenants, each of them once; the source is the signer. */
export const heartbeatsBodySchema = z.object({
  through: time,
  tenants: z
    .array(member)
    .min(1)
    .max(HEARTBEAT_TENANTS_MAX)
    .superRefine((members, context) => {
      const seen = new Set<string>()
      for (const [at, { tenant }] of members.entries()) {
        if (seen.has(tenant))
          context.addIssue({ code: 'custom', path: [at, 'tenant'], message: 'is there twice' })
        seen.add(tenant)
      }
    }),
  tenant: z.never({ error: ALONE }).exactOptional(),
  sequence: z.never({ error: ALONE }).exactOptional(),
  critical: critical.exactOptional(),
})

/**
 * `data` of a source's heartbeat for many tenants on the change topic. `last` has the last number of each
 * feed there, in the order of `tenants`.
 */
export const sourceHeartbeatsSchema = z
  .object({
    through: time,
    tenants: z.array(tenantId).min(1).max(HEARTBEAT_TENANTS_MAX),
    last: z.array(decimal).min(1).max(HEARTBEAT_TENANTS_MAX),
    critical: critical.exactOptional(),
  })
  .refine(({ tenants, last }) => tenants.length === last.length, {
    path: ['last'],
    error: 'must have a number for each tenant',
  })
