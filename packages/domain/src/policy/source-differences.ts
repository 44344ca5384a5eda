import type { Registry, Source, Tenant } from '../registry.ts'
import {
  durationText,
  missingFrom,
  otherMembers,
  otherwise,
  takesAway,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal Whose word on accounts, tenants, clients and keys counts. */
export function speakerDifferences(before: Registry, after: Registry): readonly PolicyDifference[] {
  const [was, is] = [before.cutOffs, after.cutOffs]
  return [
    ...(before.account === after.account
      ? []
      : [
          takesAway(
            '/account',
            `accounts are the word of ${after.account}, not of ${before.account}`,
          ),
        ]),
    ...missingFrom(is, was).map((id) =>
      tightensAtOnce('/cutOffs', `source ${id} may not cut off any more`),
    ),
    ...missingFrom(was, is).map((id) =>
      widens('/cutOffs', `source ${id} may cut off, and its silence makes every token unverified`),
    ),
  ]
}

/** @internal How a source differs. */
export function sourceDifferences(
  before: Source,
  after: Source,
  place: string,
): readonly PolicyDifference[] {
  const what = `source ${after.id}`
  return [
    ...leaseChanged(before, after, place),
    ...missingFrom(after.onBehalfOf, before.onBehalfOf).map((id) =>
      tightensAtOnce(`${place}/onBehalfOf`, `${what} speaks for ${id} no more`),
    ),
    ...missingFrom(before.onBehalfOf, after.onBehalfOf).map((id) =>
      widens(`${place}/onBehalfOf`, `${what} may speak for ${id}`),
    ),
    ...otherMembers(
      ['owner', 'contact', 'keys', 'ordering', 'versions', 'heartbeatMs'],
      { before, after },
      { what, place },
    ),
  ]
}

function leaseChanged(before: Source, after: Source, place: string): readonly PolicyDifference[] {
  if (before.leaseMs === after.leaseMs) return []
  const say = after.leaseMs < before.leaseMs ? tightensAtOnce : widens
  const sentence =
    `silence of source ${after.id} counts as quiet for ${durationText(after.leaseMs)}, ` +
    `not ${durationText(before.leaseMs)}`
  return [say(`${place}/lease`, sentence)]
}

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
