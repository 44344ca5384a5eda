import type {
  ForeignIssuer,
  Registry,
  ServiceLevel,
  Tenant,
  IdentityProvider,
} from '@freshet/protocol'
import { audienceDifferences } from './audience-differences.ts'
import { claimDifferences } from './claim-differences.ts'
import { clientDifferences, goOn } from './client-differences.ts'
import {
  differencesIn,
  otherMembers,
  otherwise,
  takesAway,
  tightensAtOnce,
  widens,
  type PolicyDifference,
  writtenDuration,
  missingFrom,
} from './difference.ts'
import { issuerDifferences } from './issuer-differences.ts'
import { sourceDifferences } from './source-differences.ts'

const NO_ISSUERS: ReadonlyMap<string, ForeignIssuer> = new Map()

/**
 * All differences of another version of the registry, in the order of the file's parts; empty if there are
 * none. The version's own number does not count.
 *
 * @example
 * diffRegistries(one, two)[0]?.sentence // 'tokens for payments live 2m, not 5m'
 */
export function diffRegistries(before: Registry, after: Registry): readonly PolicyDifference[] {
  return [
    ...speakerDifferences(before, after),
    ...differencesIn('tenants', before.tenants, after.tenants, {
      gone: (_, place, id) => takesAway(place, `tenant ${id} is gone`),
      added: (_, place, id) => widens(place, `tenant ${id} is new`),
      changed: tenantDifferences,
    }),
    ...differencesIn('sources', before.sources, after.sources, {
      gone: (_, place, id) => tightensAtOnce(place, `source ${id} is gone`),
      added: (_, place, id) => widens(place, `source ${id} is new`),
      changed: sourceDifferences,
    }),
    ...differencesIn('claims', before.claims, after.claims, {
      gone: (_, place, name) => takesAway(place, `claim ${name} is gone`),
      added: ({ source }, place, name) => widens(place, `claim ${name} is new, told by ${source}`),
      changed: claimDifferences,
    }),
    ...differencesIn('audiences', before.audiences, after.audiences, {
      gone: (_, place, name) => takesAway(place, `audience ${name} is gone`),
      added: (_, place, name) => widens(place, `audience ${name} is new`),
      changed: (was, is, place) => audienceDifferences(was, is, place, after.claims),
    }),
    ...otherMembers(['policySchema'], { before, after }, { what: 'the registry', place: '' }),
    ...differencesIn('clients', before.clients, after.clients, {
      gone: (_, place, id) =>
        tightensAtOnce(place, `client ${id} is gone: it gets no more tokens, and ${goOn(id)}`),
      added: (_, place, id) => widens(place, `client ${id} is new`),
      changed: clientDifferences,
    }),
    ...differencesIn('issuers', before.issuers ?? NO_ISSUERS, after.issuers ?? NO_ISSUERS, {
      gone: (_, place, name) => tightensAtOnce(place, `tokens of issuer ${name} are not accepted`),
      added: (_, place, name) => widens(place, `tokens of issuer ${name} are accepted`),
      changed: issuerDifferences,
    }),
    ...differencesIn('slo', before.slo, after.slo, {
      gone: (_, place, name) => otherwise(place, `class ${name} has no objective any more`),
      added: (_, place, name) => otherwise(place, `class ${name} has an objective`),
      changed: serviceLevelDifferences,
    }),
  ]
}

function serviceLevelDifferences(
  before: ServiceLevel,
  after: ServiceLevel,
  place: string,
): readonly PolicyDifference[] {
  const what = 'the objective'
  return otherMembers(['objective', 'withinMs', 'windowMs'], { before, after }, { what, place })
}

/**
 * The places for which a minimum is needed and not given: tokens of the version before would go on
 * with what is taken away there. A minimum above that version ends them.
 */
export function withoutMinimum(
  before: Registry,
  after: Registry,
  minimum: number,
): readonly PolicyDifference[] {
  if (minimum > before.version) return []
  return diffRegistries(before, after).filter(({ needsMinimum }) => needsMinimum)
}

/** A grant that lasts ends where its version no longer allows it. */
function breakGlassChanged(
  { breakGlassMaxMs: was = 0 }: Registry,
  { breakGlassMaxMs: is = 0 }: Registry,
): readonly PolicyDifference[] {
  if (was === is) return []
  if (is === 0) return [tightensAtOnce('/breakGlass', 'no route may be opened any more')]
  const difference = is > was ? widens : tightensAtOnce
  return [difference('/breakGlass', `break-glass grants last at most ${writtenDuration(is)}`)]
}

/** A guard with more questions does not hold the admin of this order. */
function guardChanged(
  { cutOffShare: was = 1 }: Registry,
  { cutOffShare: is = 1 }: Registry,
): readonly PolicyDifference[] {
  if (was === is) return []
  const percent = `${Number((is * 100).toFixed(4))}%`
  const sentence = `cut-offs of more than ${percent} of a tenant must be confirmed`
  return [
    otherwise('/guards/cutOff', is === 1 ? 'no cut-off must be confirmed any more' : sentence),
  ]
}

/** @internal Whose word on accounts, tenants, clients and keys counts. */
function speakerDifferences(before: Registry, after: Registry): readonly PolicyDifference[] {
  const [was, is] = [before.cutOffs, after.cutOffs]
  return [
    ...(before.account === after.account
      ? []
      : [takesAway('/account', `the account source is ${after.account}, not ${before.account}`)]),
    ...breakGlassChanged(before, after),
    ...guardChanged(before, after),
    ...missingFrom(is, was).map((id) =>
      tightensAtOnce('/cutOffs', `source ${id} can no longer cut off`),
    ),
    ...missingFrom(was, is).map((id) =>
      widens('/cutOffs', `source ${id} can cut off, and its silence makes every token unverified`),
    ),
  ]
}

/**
 * @internal How a tenant differs. What sources say of subjects whose issuer is not registered is
 * refused, so nothing could take their claims away any more.
 */
function tenantDifferences(
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

/** @internal How an identity provider differs. The authority goes by it at the next exchange. */
function providerDifferences(
  before: IdentityProvider,
  after: IdentityProvider,
  place: string,
): readonly PolicyDifference[] {
  const what = after.issuer
  const named = (member: 'audiences' | 'azp'): readonly PolicyDifference[] => {
    const [was, is] = [before[member] ?? [], after[member] ?? []]
    return [
      ...missingFrom(is, was).map((name) =>
        tightensAtOnce(place, `no token of ${what} for ${name} is exchanged (\`${member}\`)`),
      ),
      ...missingFrom(was, is).map((name) =>
        widens(place, `tokens of ${what} for ${name} are exchanged (\`${member}\`)`),
      ),
    ]
  }
  return [
    ...named('audiences'),
    ...named('azp'),
    ...lives(before, after, place),
    ...otherMembers(['keys', 'published', 'idClaim'], { before, after }, { what, place }).map(
      (difference) => ({ ...difference, place }),
    ),
  ]
}

/** Without `maxLife`, a token lives 5 min at most: any other life is longer, or counted otherwise. */
function lives(
  { maxLifeMs: was }: IdentityProvider,
  { maxLifeMs: is, issuer }: IdentityProvider,
  place: string,
): readonly PolicyDifference[] {
  if (was === is) return []
  const effect = (is ?? 0) > (was ?? 0) ? widens : tightensAtOnce
  return [effect(place, `\`maxLife\` of ${issuer} is another`)]
}
