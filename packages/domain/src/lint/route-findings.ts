import { listedTest } from '../listed-values.ts'
import type { Audience, Claim, Route } from '../registry.ts'
import { escaped, finding, type Finding } from './finding.ts'
import { observationFindings } from './observation-findings.ts'
import { routePolicyFindings } from './policy-findings.ts'
import { hasReadablePattern } from './pattern-findings.ts'
import type { LintedParts } from './readable-registry.ts'
import { repeats } from './reference-findings.ts'

/** Compared with a request character by character (`POST /approve`). */
const ROUTE = /^[A-Z][A-Z-]* \/[^\s?#]*$/
/** What other routers would read as a pattern. */
const PATTERN = /\*|\/:|\{[^}]*\}/

/** @internal A route where it stands. */
export interface PlacedRoute {
  readonly registry: LintedParts
  readonly audience: Audience
  readonly route: Route
  readonly name: string
  readonly place: string
}

/** @internal What is wrong with a route of an audience. */
export function routeFindings(placed: PlacedRoute): readonly Finding[] {
  const { registry, audience, route, place } = placed
  return [
    ...neverMatches(placed),
    ...[...route.require].flatMap(([claim, values]) => {
      const at = `${place}/require/${escaped(claim)}`
      return [
        ...notCarried(audience, claim, at),
        ...descriptiveGrant(registry.claims.get(claim), at),
        ...unlisted(registry.claims.get(claim), values, at),
        ...wildcards(values, at),
        ...repeats(values, at).map((each) => ({ ...each, message: 'names a value again' })),
      ]
    }),
    ...routePolicyFindings(placed),
    ...nobodyValidates(placed),
    ...observationFindings(placed),
  ]
}

function neverMatches({ name, place }: PlacedRoute): readonly Finding[] {
  if (!ROUTE.test(name)) {
    const message = `no request is ${name}: a route is a method, one space and a path`
    const fix = 'write it as `POST /approve`, without a query'
    return [finding('route.unmatchable', place, { message, fix })]
  }
  if (!PATTERN.test(name)) return []
  const message = `route ${name} looks like a pattern, and is compared whole`
  return [finding('route.pattern', place, { message, fix: 'declare each path' })]
}

function notCarried(audience: Audience, claim: string, place: string): readonly Finding[] {
  if (audience.claims.includes(claim)) return []
  const { name } = audience
  return [
    finding('grant.not-carried', place, {
      message: `tokens for ${name} do not carry ${claim}, so nobody could pass`,
      fix: `add ${claim} to the claims of ${name}, or require another claim`,
    }),
  ]
}

function descriptiveGrant(claim: Claim | undefined, place: string): readonly Finding[] {
  if (claim?.kind !== 'descriptive') return []
  const message = `claim ${claim.name} is descriptive and cannot be required`
  return [finding('grant.descriptive', place, { message, fix: 'require an authoritative claim' })]
}

function unlisted(
  claim: Claim | undefined,
  values: readonly string[],
  place: string,
): readonly Finding[] {
  if (claim === undefined || !hasReadablePattern(claim)) return []
  const isListed = listedTest(claim)
  return values.flatMap((value, at) => {
    if (isListed(value)) return []
    const message = `claim ${claim.name} cannot have ${value}, so nobody could pass`
    const fix = `let ${claim.name} have ${value} by its values and pattern, or require another`
    return [finding('grant.unlisted', `${place}/${at}`, { message, fix })]
  })
}

function wildcards(values: readonly string[], place: string): readonly Finding[] {
  return values.flatMap((value, at) => {
    if (!value.includes('*')) return []
    const message = 'a required value has a *, which stands for itself'
    return [
      finding('grant.wildcard', `${place}/${at}`, {
        message,
        fix: 'list the values that are required',
      }),
    ]
  })
}

/** Only a resource server of the audience is answered at run time. */
function nobodyValidates({ registry, audience, route, place }: PlacedRoute): readonly Finding[] {
  const { clients, claims, declared } = registry
  if (declared.clients?.size !== clients.size) return []
  const validated = [...route.require.keys()].some(
    (claim) => claims.get(claim)?.onUnverified === 'validate',
  )
  if (route.risk !== 'high' && !validated) return []
  if ([...clients.values()].some(({ introspects }) => introspects.includes(audience.name)))
    return []
  const message = `the authority is to judge requests, and no client introspects ${audience.name}`
  const fix = `let a client of the resource server introspect ${audience.name}`
  return [finding('route.nobody-validates', place, { message, fix })]
}
