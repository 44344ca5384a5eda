import { isRestriction } from '@freshet/protocol'
import { finding, type Finding } from '../finding.ts'
import { requiredFindings } from '../required-findings.ts'
import type { PlacedRoute } from './placed-route.ts'
import { routePolicyFindings } from './policy-findings.ts'

/** Compared with a request character by character (`POST /approve`). */
const ROUTE = /^[A-Z][A-Z-]* \/[^\s?#]*$/
/** Characters that other routers would read as a pattern. */
const PATTERN = /\*|\/:|\{[^}]*\}/

/** @internal What is wrong with a route of an audience. */
export function routeFindings(placed: PlacedRoute): readonly Finding[] {
  const { registry, audience, route, place } = placed
  return [
    ...neverMatches(placed),
    ...requiredFindings(registry, audience, route.require, `${place}/require`),
    ...routePolicyFindings(placed),
    ...nobodyValidates(placed),
    ...observationFindings(placed),
    ...ignoredFindings(placed),
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

/** Returns the faults of the restrictions that a route ignores. A right choice is reported too, with the owner. */
function ignoredFindings({
  registry,
  audience,
  route,
  name,
  place,
}: PlacedRoute): readonly Finding[] {
  return (route.ignores ?? []).map((ignored, at) => {
    const claim = registry.claims.get(ignored)
    const here = `${place}/ignores/${at}`
    if (claim === undefined || !isRestriction(claim) || !audience.claims.includes(ignored)) {
      const message = `route ${name} ignores ${ignored}, which restricts no token for ${audience.name}`
      const fix = `name a restricting claim of ${audience.name}, or leave ignores out`
      return finding('route.ignores-no-restriction', here, { message, fix })
    }
    const message = `route ${name} ignores ${ignored} of ${claim.owner}: it allows requests that ${ignored} restricts`
    const fix = `ask ${claim.owner}, or leave ${ignored} out of ignores`
    return finding('route.ignores-restriction', here, { message, fix })
  })
}

const DAY_MS = 86_400_000
/** A warning appears this long before the observation ends. */
const WARNED_BEFORE_MS = 7 * DAY_MS

/** @internal What is wrong with a route that is observed. */
export function observationFindings(placed: PlacedRoute): readonly Finding[] {
  const { route, name, place, registry } = placed
  const { observedUntilMs: untilMs } = route
  if (untilMs === undefined) return []
  const at = `${place}/enforce`
  if (route.risk === 'high') {
    const message = `route ${name} is of high risk, and nothing is let in there unjudged`
    return [finding('route.observed-high-risk', at, { message, fix: 'leave enforce out' })]
  }
  const { nowMs } = registry
  if (nowMs === undefined || untilMs - nowMs > WARNED_BEFORE_MS) return []
  return [finding('route.observation-ends', at, textOf(name, untilMs - nowMs))]
}

function textOf(name: string, leftMs: number): { readonly message: string; readonly fix: string } {
  if (leftMs <= 0) {
    const message = `route ${name} is not observed any more: its day is over, and it enforces`
    return { message, fix: 'leave enforce out' }
  }
  const days = Math.ceil(leftMs / DAY_MS)
  const message = `route ${name} enforces by itself in ${days === 1 ? 'a day' : `${days} days`} at the latest`
  return {
    message,
    fix: 'look at what it would have refused; name a later day if that is not ready',
  }
}
