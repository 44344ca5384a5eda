import type { Tenant } from '../registry.ts'
import { missingFrom, otherwise, takesAway, widens, type PolicyDifference } from './difference.ts'

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
  const keysOf = ({ identityProviders }: Tenant, issuer: string): string | undefined =>
    identityProviders.find((provider) => provider.issuer === issuer)?.keys
  return [
    ...missingFrom(is, was).map((issuer) =>
      takesAway(at, `${issuer} names no subjects of tenant ${after.id} any more`),
    ),
    ...missingFrom(was, is).map((issuer) =>
      widens(at, `${issuer} names subjects of tenant ${after.id}`),
    ),
    ...is
      .filter((issuer) => was.includes(issuer) && keysOf(before, issuer) !== keysOf(after, issuer))
      .map((issuer) => otherwise(at, `\`keys\` of ${issuer} is another`)),
  ]
}
