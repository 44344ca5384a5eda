import { isRestriction, type Audience, type Registry, type Route } from '@freshet/protocol'
import { escaped } from '../lint/finding.ts'
import {
  differencesIn,
  writtenDuration,
  missingFrom,
  otherMembers,
  takesAway,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal How an audience differs, under the claims of the version after. */
export function audienceDifferences(
  before: Audience,
  after: Audience,
  place: string,
  claims: Registry['claims'],
): readonly PolicyDifference[] {
  return [
    ...claimsChanged(before, after, place, claims),
    ...scopesChanged(before, after, place),
    ...lifeChanged(before, after, place),
    ...otherMembers(['maxBytes'], { before, after }, { what: `audience ${after.name}`, place }),
    ...routesChanged(before, after, place),
  ]
}

/** A token shows what it carries: an older one lacks a restriction that is added, so it allows more than a new one. */
function claimsChanged(
  { claims: was }: Audience,
  { name, claims: is }: Audience,
  place: string,
  claims: Registry['claims'],
): readonly PolicyDifference[] {
  const at = `${place}/claims`
  const restricts = (claim: string): boolean => {
    const declared = claims.get(claim)
    return declared !== undefined && isRestriction(declared)
  }
  return [
    ...missingFrom(is, was).map((claim) =>
      (restricts(claim) ? widens : takesAway)(at, `tokens for ${name} no longer carry ${claim}`),
    ),
    ...missingFrom(was, is).map((claim) =>
      restricts(claim)
        ? takesAway(at, `tokens for ${name} carry ${claim}, which restricts`)
        : widens(at, `tokens for ${name} carry ${claim}`),
    ),
  ]
}

function lifeChanged(
  before: Audience,
  after: Audience,
  place: string,
): readonly PolicyDifference[] {
  if (before.ttlMs === after.ttlMs) return []
  const difference = after.ttlMs < before.ttlMs ? takesAway : widens
  const sentence =
    `tokens for ${after.name} live ${writtenDuration(after.ttlMs)}, ` +
    `not ${writtenDuration(before.ttlMs)}`
  return [difference(`${place}/ttl`, sentence)]
}

const NO_SCOPES: NonNullable<Audience['scopes']> = new Map()

/** No edge knows the scopes of an audience: a token has what it was minted with. */
function scopesChanged(
  before: Audience,
  after: Audience,
  place: string,
): readonly PolicyDifference[] {
  const { name: audience } = after
  return differencesIn('scopes', before.scopes ?? NO_SCOPES, after.scopes ?? NO_SCOPES, {
    gone: (_, at, scope) =>
      takesAway(`${place}${at}`, `tokens for ${audience} cannot have scope ${scope} any more`),
    added: (_, at, scope) =>
      widens(`${place}${at}`, `tokens for ${audience} can have scope ${scope}`),
    changed: (was, is, at, scope) => [
      ...missingFrom(requiredBy(was), requiredBy(is)).map((each) =>
        takesAway(`${place}${at}/require`, `scope ${scope} of ${audience} requires ${each}`),
      ),
      ...missingFrom(requiredBy(is), requiredBy(was)).map((each) =>
        widens(
          `${place}${at}/require`,
          `scope ${scope} of ${audience} does not require ${each} any more`,
        ),
      ),
    ],
  })
}

function routesChanged(
  before: Audience,
  after: Audience,
  place: string,
): readonly PolicyDifference[] {
  const names = [...new Set([...before.routes.keys(), ...after.routes.keys()])]
  return names.flatMap((name) => {
    const [was, is] = [before.routes.get(name), after.routes.get(name)]
    const at = `${place}/routes/${escaped(name)}`
    if (was === undefined) return [widens(at, `route ${name} of ${after.name} is declared`)]
    if (is === undefined)
      return [tightensAtOnce(at, `route ${name} of ${after.name} is not declared any more`)]
    return routeDifferences(was, is, { name, at })
  })
}

/** An edge that enforces a route applies the new declaration to every token. */
function routeDifferences(
  was: Route,
  is: Route,
  { name, at }: { readonly name: string; readonly at: string },
): readonly PolicyDifference[] {
  const [before, after] = [requiredBy(was), requiredBy(is)]
  return [
    ...missingFrom(before, after).map((each) =>
      tightensAtOnce(`${at}/require`, `route ${name} requires ${each}`),
    ),
    ...missingFrom(after, before).map((each) =>
      widens(`${at}/require`, `route ${name} does not require ${each} any more`),
    ),
    ...(was.risk === is.risk
      ? []
      : [
          (is.risk === 'high' ? tightensAtOnce : widens)(
            `${at}/risk`,
            `route ${name} is of ${is.risk} risk`,
          ),
        ]),
    ...observationChanged(was, is, { name, at }),
    ...missingFrom(is.ignores ?? [], was.ignores ?? []).map((claim) =>
      tightensAtOnce(`${at}/ignores`, `${claim} restricts route ${name} again`),
    ),
    ...missingFrom(was.ignores ?? [], is.ignores ?? []).map((claim) =>
      widens(`${at}/ignores`, `${claim} does not restrict route ${name} any more`),
    ),
    ...missingFrom(was.policies, is.policies).map((file) =>
      tightensAtOnce(`${at}/policies`, `policies in ${file} can refuse route ${name}`),
    ),
    ...missingFrom(is.policies, was.policies).map((file) =>
      widens(`${at}/policies`, `policies in ${file} decide nothing of route ${name} any more`),
    ),
  ]
}

/** The text has the day; what counts here is whether it is observed longer. */
function observationChanged(
  { observedUntilMs: was = 0 }: Route,
  { observedUntilMs: is = 0 }: Route,
  { name, at }: { readonly name: string; readonly at: string },
): readonly PolicyDifference[] {
  if (was === is) return []
  if (is === 0) return [tightensAtOnce(`${at}/enforce`, `route ${name} is not observed any more`)]
  const how = was === 0 ? 'is observed' : `is observed ${is > was ? 'longer' : 'for less time'}`
  const difference = is > was ? widens : tightensAtOnce
  return [difference(`${at}/enforce`, `route ${name} ${how}`)]
}

function requiredBy({ require }: Pick<Route, 'require'>): readonly string[] {
  return [...require].flatMap(([claim, values]) => values.map((value) => `${value} of ${claim}`))
}
