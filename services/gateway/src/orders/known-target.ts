import { FreshetError, nearestHint, type Registry } from '@freshet/protocol'
import type { ReachStore } from '@freshet/intake'
import type { CutOffRequest } from './cut-off-request.ts'

type Targeted = Extract<CutOffRequest, { op: 'cut-off' | 'deny' }>

/** The data that decides whether a target is known. */
export interface TargetParts {
  readonly registry: Registry
  readonly reach: ReachStore
}

/**
 * Refuses an order for a client or an issuer that the registry does not have and that no outstanding token
 * rests on: a typing error would read as done. A client that left the registry is still cut off while
 * tokens of it are out. Keys, sessions and tokens are not in the registry: any of them can be denied.
 *
 * @throws `request.unknown-target`, `database.*`
 */
export async function requireKnownTarget(
  { registry, reach }: TargetParts,
  order: Targeted,
  nowMs: number,
): Promise<void> {
  const known = knownTargets(registry, order)
  const { scope, tenant, target } = order
  if (order.unknown === true || known === undefined || known.has(target)) return
  const { tokens } = await reach.reach({ scope, tenant, target }, nowMs)
  if (tokens > 0) return
  const message = `The registry has no ${scope} ${target}, and no outstanding token rests on it.${nearestHint(target, known)}`
  throw new FreshetError('request.unknown-target', message)
}

/** @throws `event.forbidden` for a tenant that the registry does not have */
export function requireTenant({ tenants }: Registry, name: string): void {
  if (tenants.has(name)) return
  const message = `tenant ${name} is not in the registry.${nearestHint(name, tenants.keys())}`
  throw new FreshetError('event.forbidden', message)
}

/** @throws `event.unmapped` for a claim that the registry does not have */
export function requireClaim({ claims }: Registry, name: string): void {
  if (claims.has(name)) return
  const message = `claim ${name} is not in the registry.${nearestHint(name, claims.keys())}`
  throw new FreshetError('event.unmapped', message)
}

/** The names of that kind; `undefined` where the registry has none of them. */
function knownTargets(registry: Registry, { scope }: Targeted): ReadonlySet<string> | undefined {
  switch (scope) {
    case 'client':
      return new Set(registry.clients.keys())
    case 'issuer':
      return new Set([
        ...[...registry.tenants.values()].flatMap(({ identityProviders }) =>
          identityProviders.map(({ issuer }) => issuer),
        ),
        ...[...(registry.issuers?.values() ?? [])].map(({ issuer }) => issuer),
      ])
    default:
      return undefined
  }
}
