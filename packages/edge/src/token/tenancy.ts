import { FreshetError, type ClaimMap } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'

/** The tenants that an edge serves; `*`: all; undefined: the only one that has its audience. */
export type ServedTenants = ReadonlySet<string> | '*' | undefined

/** The relation of a tenant to an edge; `unnamed`: several have the audience, and the edge names none. */
export type Tenancy = 'served' | 'other' | 'unnamed'

/**
 * Returns whether an edge serves a tenant. The values of claims are the tenant's own: `admins` of another
 * tenant is a group of other people. Probes have a tenant and an audience of their own.
 */
export function tenancyOf(
  tenant: string,
  audience: string,
  served: ServedTenants,
  map: ClaimMap | undefined,
): Tenancy {
  if (served === '*' || (tenant === PROBE_NAME && audience === PROBE_NAME)) return 'served'
  if (served !== undefined) return served.has(tenant) ? 'served' : 'other'
  return map?.shared?.has(audience) === true ? 'unnamed' : 'served'
}

/** The error of an edge that must name the tenants that it serves. */
export function unnamedTenants(audience: string): FreshetError {
  return new FreshetError(
    'tenants.unnamed',
    `Several tenants have tokens for the audience ${audience}. Name those that this edge serves: set tenants of createEdge, or FRESHET_TENANTS of the sidecar.`,
  )
}
