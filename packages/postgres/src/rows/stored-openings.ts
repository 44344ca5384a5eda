import type { HeldOpening } from '@freshet/protocol'

/** An opening as the column `progress.openings` has it. */
export type StoredOpening = readonly [
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

/** The text of the column; `null` leaves it as it is. */
export function storedOpenings(openings: readonly HeldOpening[] | null): string | null {
  if (openings === null) return null
  return JSON.stringify(
    openings.map(
      ({ id, tenant, audience, route, claim, fromMs, untilMs, by, reason }): StoredOpening => [
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
export function toOpenings(stored: readonly StoredOpening[]): readonly HeldOpening[] {
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
