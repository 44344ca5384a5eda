import type { Tenant } from '@freshet/protocol'
import {
  missingFrom,
  otherMembers,
  takesAway,
  widens,
  type PolicyDifference,
} from './difference.ts'
import { providerDifferences } from './provider-differences.ts'

/**
 * @internal How a tenant differs. What sources say of subjects whose issuer is not registered is
 * refused, so nothing could take their claims away any more.
 */
export function tenantDifferences(
  before: Tenant,
  after: Tenant,
  place: string,
): readonly PolicyDifference[] {
  const issuers = ({ identityProviders }: Tenant): readonly string[] =>
    identityProviders.map(({ issuer }) => issuer)
  const at = `${place}/identityProviders`
  const [was, is] = [issuers(before), issuers(after)]
  return [
    ...missingFrom(is, was).map((issuer) =>
      takesAway(at, `${issuer} names no subjects of tenant ${after.id} any more`),
    ),
    ...missingFrom(was, is).map((issuer) =>
      widens(at, `${issuer} names subjects of tenant ${after.id}`),
    ),
    ...after.identityProviders.flatMap((provider) => {
      const known = before.identityProviders.find(({ issuer }) => issuer === provider.issuer)
      return known === undefined ? [] : providerDifferences(known, provider, at)
    }),
    ...otherMembers(['limits'], { before, after }, { what: `tenant ${after.id}`, place }),
  ]
}
