import {
  DENIALS_MAX,
  placesOfTenant,
  type Client,
  type Tenant,
  CLIENT_LIMITS,
  denialsAlive,
  TENANT_LIMITS,
} from '@freshet/protocol'
import { finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts } from '../readable-registry.ts'

/** The places that an edge with default limits has for the denials of one tenant. */
const PLACES = placesOfTenant(DENIALS_MAX)

/** @internal Limits of revocations that one authority can fill an edge by, until a whole tenant is unverified. */
export function revocationFindings(registry: LintedParts): readonly Finding[] {
  return [...registry.tenants.values()].flatMap((tenant) => {
    const clients = [...registry.clients.values()].filter((each) => each.tenant === tenant.id)
    const counted = clients.map((client) => ({ client, ...aliveOf(registry, tenant, client) }))
    const alone = counted.flatMap(({ client, alive }) =>
      found(`client ${client.id}`, pointer('clients', client.id), client, alive),
    )
    if (alone.length > 0) return alone
    const longestMs = Math.max(0, ...counted.map(({ lifeMs }) => lifeMs))
    const all = counted.reduce((sum, { alive }) => sum + alive, 0)
    const alive = Math.min(all, denialsAlive(rateOf(tenant), longestMs))
    return found(`tenant ${tenant.id}`, pointer('tenants', tenant.id), tenant, alive)
  })
}

function aliveOf(
  { audiences }: Pick<LintedParts, 'audiences'>,
  tenant: Tenant,
  client: Client,
): { readonly lifeMs: number; readonly alive: number } {
  const lifeMs = Math.max(0, ...client.audiences.map((name) => audiences.get(name)?.ttlMs ?? 0))
  const own = client.limits?.revoke ?? CLIENT_LIMITS.revoke
  const both = [own, rateOf(tenant)].map((rate) => denialsAlive(rate, lifeMs))
  return { lifeMs, alive: Math.min(...both) }
}

function rateOf({ limits }: Tenant): typeof TENANT_LIMITS.revoke {
  return limits?.revoke ?? TENANT_LIMITS.revoke
}

function found(
  whose: string,
  place: string,
  { limits }: Pick<Client, 'limits'>,
  alive: number,
): readonly Finding[] {
  if (alive <= PLACES) return []
  const message = `the limits of ${whose} let ${alive} denials of tokens be alive, and an edge has ${PLACES} places for a tenant`
  const fix = 'lower `limits.revoke`, or the `ttl` of the audiences'
  const at = limits?.revoke === undefined ? place : `${place}/limits/revoke`
  return [finding('limit.outruns-edges', at, { message, fix })]
}
