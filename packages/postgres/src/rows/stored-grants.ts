import type { HeldGrant } from '@freshet/protocol'

/** An opening as the column `progress.openings` has it. */
export type StoredGrant = readonly [
  id: string,
  tenant: string,
  audience: string,
  route: string,
  claim: string,
  fromMs: number,
  untilMs: number,
  by: string,
  reason: string,
]

/** The text of the column; `null` leaves it is. */
export function storedGrants(grants: readonly HeldGrant[] | null): string | null {
  if (grants === null) return null
  return JSON.stringify(
    grants.map(
      ({ id, tenant, audience, route, claim, fromMs, untilMs, by, reason }): StoredGrant => [
        id,
        tenant,
        audience,
        route,
        claim,
        fromMs,
        untilMs,
        by,
        reason,
      ],
    ),
  )
}

/** The inverse. */
export function toGrants(stored: readonly StoredGrant[]): readonly HeldGrant[] {
  return stored.map(([id, tenant, audience, route, claim, fromMs, untilMs, by, reason]) => ({
    id,
    tenant,
    audience,
    route,
    claim,
    fromMs,
    untilMs,
    by,
    reason,
  }))
}
