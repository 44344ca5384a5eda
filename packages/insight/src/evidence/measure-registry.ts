import type { Registry, Route } from '@freshet/protocol'
import { lintRegistry } from '@freshet/registry/lint'
import { measured, named, unmeasured, type Figure } from './figure.ts'
import type { Measurements } from './measurements.ts'

const NOT_READ = 'the registry was not read'
/** The findings about tokens that carry more than their audience uses. */
const TOO_MUCH: ReadonlySet<string> = new Set(['audience.unused-claim', 'audience.broad-bundle'])

/** Measures whether each claim has an owner and a source. */
export function claimsOwned({ registry }: Measurements): Figure {
  const scale = { unit: 'claims without an owner or a source', limit: 'none' }
  if (registry === undefined) return unmeasured(scale, NOT_READ)
  const claims = [...registry.claims.values()]
  if (claims.length === 0) return unmeasured(scale, 'the registry has no claim')
  const without = claims.filter(
    ({ owner, source }) => owner === '' || !registry.sources.get(source)?.owner,
  )
  const detail =
    without.length === 0
      ? `${claims.length} of ${claims.length} claims have an owner, and a source with one`
      : named(without.map(({ name }) => name))
  return measured(scale, without.length, without.length === 0, detail)
}

/** Measures whether tokens carry no claim that their audience does not use, and no broad bundle. */
export function claimsUsed({ registry }: Measurements): Figure {
  const scale = { unit: 'findings of lint', limit: 'none' }
  if (registry === undefined) return unmeasured(scale, NOT_READ)
  const isSilent = [...registry.audiences.values()].filter(({ routes }) => routes.size === 0)
  const findings = lintRegistry(registry).filter(({ code }) => TOO_MUCH.has(code))
  if (findings.length > 0) {
    const detail = named(findings.map(({ message }) => message))
    return measured(scale, findings.length, false, detail)
  }
  if (registry.audiences.size === 0) return unmeasured(scale, 'the registry has no audience')
  if (isSilent.length > 0) {
    return unmeasured(scale, `no route is declared for ${named(isSilent.map(({ name }) => name))}`)
  }
  return measured(
    scale,
    0,
    true,
    `${registry.audiences.size} audiences carry only claims that their routes use`,
  )
}

/** Measures whether each route is enforced: none is only observed, and none is open by break-glass. */
export function routesEnforced(measurements: Measurements): Figure {
  const scale = { unit: 'routes observed or with a grant', limit: 'none' }
  const { registry, openings } = measurements
  if (registry === undefined || openings === undefined) return unmeasured(scale, NOT_READ)
  const routes = routesOf(registry, () => true)
  if (routes.length === 0) return unmeasured(scale, 'the registry declares no route')
  const loose = looseOf(routes, measurements)
  const detail =
    loose.length === 0 ? `${routes.length} of ${routes.length} routes are enforced` : named(loose)
  return measured(scale, loose.length, loose.length === 0, detail)
}

/** Measures whether the authority decides high-risk requests when they are made. */
export function highRiskValidated(measurements: Measurements): Figure {
  const scale = {
    unit: 'decisions within 24 h',
    limit: 'at least one, no high-risk route observed or with a grant',
  }
  const { registry, decisions } = measurements
  if (registry === undefined || decisions === undefined) {
    return unmeasured(scale, 'the audit was not read')
  }
  const routes = routesOf(registry, ({ risk }) => risk === 'high')
  const loose = looseOf(routes, measurements)
  const { decided, denied } = decisions
  if (loose.length > 0) return measured(scale, decided, false, named(loose))
  if (routes.length === 0) return unmeasured(scale, 'the registry has no high-risk route')
  if (decided === 0) return unmeasured(scale, 'no high-risk request was made')
  return measured(scale, decided, true, `${decided} decided, ${denied} of them denied`)
}

interface NamedRoute {
  readonly audience: string
  readonly name: string
  readonly route: Route
}

function routesOf(registry: Registry, matches: (route: Route) => boolean): readonly NamedRoute[] {
  return [...registry.audiences.values()].flatMap(({ name: audience, routes }) =>
    [...routes].flatMap(([name, route]) => (matches(route) ? [{ audience, name, route }] : [])),
  )
}

function looseOf(
  routes: readonly NamedRoute[],
  { atMs, openings = [] }: Measurements,
): readonly string[] {
  return routes.flatMap(({ audience, name, route }) => {
    const isOpen = openings.some((each) => each.audience === audience && each.route === name)
    const isObserved = (route.observedUntilMs ?? 0) > atMs
    const how = isOpen ? 'has a break-glass grant' : isObserved ? 'is observed' : undefined
    return how === undefined ? [] : [`${name} of ${audience} ${how}`]
  })
}
