import { invariant, type Registry } from '@freshet/protocol'
import { ACME_HASH, acmeRegistry } from '@freshet/testkit'

/** The hash of the one policy version of the model. */
export const ACTIVE_HASH = ACME_HASH

/** The example's sources, and a help desk that numbers nothing and owns a claim. */
export const REGISTRY: Registry = withDesk(acmeRegistry())

function withDesk(registry: Registry): Registry {
  const hr = registry.sources.get('hr')
  const groups = registry.claims.get('groups')
  invariant(hr && groups, 'The example has hr and its groups.')
  return {
    ...registry,
    sources: new Map(registry.sources).set('desk', { ...hr, id: 'desk' }),
    claims: new Map(registry.claims).set('badge', { ...groups, name: 'badge', source: 'desk' }),
  }
}
