import type { Document } from 'yaml'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'

/** Adds tenants to a registry, with the keys of the identity provider of the stack's tenant. */
export function addTenants(registry: Document, count: number): void {
  const path = ['tenants', DEV_TENANT, 'identityProviders', 0, 'keys']
  const keys = registry.getIn(path)
  for (let n = 0; n < count; n += 1) {
    const identityProviders = [{ issuer: `https://idp.tenant-${n}.example`, keys }]
    registry.setIn(['tenants', `tenant-${n}`], registry.createNode({ identityProviders }))
  }
}
