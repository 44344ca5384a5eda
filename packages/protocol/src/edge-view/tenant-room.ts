/** The share of a table's places that only tenants with few entries can take. */
export const RESERVED_SHARE = 0.1
/** So many tenants find a place in the reserve. */
export const RESERVED_TENANTS = 1_000
/** A tenant stops when it holds this many times what is left for all tenants. */
export const SHARE_OF_FREE = 2

/** Most denials of sessions and tokens that an edge holds by default, of all tenants; about 250 bytes each. */
export const DENIALS_MAX = 200_000

/** The use of a table's places. */
export interface TableUse {
  readonly held: number
  readonly heldByTenant: number
}

/**
 * The entries that each tenant can hold whatever the others do: with 2,000,000 places 200.
 */
export function reservedPlaces(max: number): number {
  return Math.max(1, Math.floor((max * RESERVED_SHARE) / RESERVED_TENANTS))
}

/** The entries that one tenant can hold where no other has any. */
export function placesOfTenant(max: number): number {
  return Math.ceil((SHARE_OF_FREE * sharedPlaces(max)) / (1 + SHARE_OF_FREE))
}

function sharedPlaces(max: number): number {
  return max - Math.floor(max * RESERVED_SHARE)
}

/**
 * Returns whether a table of `max` places has room for one more entry of a tenant.
 *
 * A tenant can hold twice what is left, so one tenant takes two thirds of the shared places at most, two
 * tenants take two fifths each, and the next tenant still finds room. Below `reservedPlaces` a tenant finds
 * room until the whole table is full.
 */
export function hasRoom({ held, heldByTenant }: TableUse, max: number): boolean {
  if (heldByTenant < reservedPlaces(max)) return held < max
  return heldByTenant < SHARE_OF_FREE * (sharedPlaces(max) - held)
}
