import type { ForeignIssuer, Registry, ServiceLevel } from '@freshet/protocol'
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
} from './difference.ts'
import { issuerDifferences } from './issuer-differences.ts'
import { sourceDifferences } from './source-differences.ts'
import { speakerDifferences } from './speaker-differences.ts'
import { tenantDifferences } from './tenant-differences.ts'

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
