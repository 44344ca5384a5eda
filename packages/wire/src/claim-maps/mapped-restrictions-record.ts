import type { MappedRestrictions } from '@freshet/protocol'
import type { WireRestrictions } from './claim-map-schema.ts'
import { sorted } from './mapped-routes-record.ts'

/**
 * Most bytes of the restricting claims in a claim map. A map with more has none, and edges then judge by every
 * restricting claim of the map.
 */
export const RESTRICTIONS_BYTES_MAX: number = 128 * 1024

/** Returns the restricting claims in the order of their audiences; `undefined` if they take too many bytes. */
export function wireRestrictions(restrictions: MappedRestrictions): WireRestrictions | undefined {
  const wire = sorted(restrictions, (claims) => claims)
  return Buffer.byteLength(JSON.stringify(wire)) > RESTRICTIONS_BYTES_MAX ? undefined : wire
}
