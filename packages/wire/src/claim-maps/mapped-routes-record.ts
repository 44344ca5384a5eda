import type { MappedRoute, MappedRoutes } from '@freshet/protocol'
import type { WireMappedRoute, WireMappedRoutes } from './claim-map-schema.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'

/**
 * Most bytes of the routes in a claim map: about 2,000 routes. A map with more has none, and sidecars then
 * enforce their file as long as it is the version in force.
 */
export const ROUTES_BYTES_MAX: number = 256 * 1024

/** Returns the routes in the order of their names; `undefined` if they take too many bytes. */
export function wireRoutes(routes: MappedRoutes): WireMappedRoutes | undefined {
  const wire = sorted(routes, (ofAudience) => sorted(ofAudience, wireRoute))
  return Buffer.byteLength(JSON.stringify(wire)) > ROUTES_BYTES_MAX ? undefined : wire
}

function wireRoute({
  require,
  risk,
  observedUntilMs,
  hasPolicies,
  ignores,
}: MappedRoute): WireMappedRoute {
  return {
    require: sorted(require, (values) => values),
    risk,
    ...(observedUntilMs === undefined ? {} : { observedUntil: formatRfc3339(observedUntilMs) }),
    ...(hasPolicies ? { policies: true } : {}),
    ...(ignores === undefined ? {} : { ignores }),
  }
}

/** Returns the routes of their wire form. */
export function routesOf(wire: WireMappedRoutes): MappedRoutes {
  return new Map(
    Object.entries(wire).map(([audience, routes]) => [
      audience,
      new Map(Object.entries(routes).map(([name, route]) => [name, routeOf(route)])),
    ]),
  )
}

function routeOf({
  require,
  risk,
  observedUntil,
  policies,
  ignores,
}: WireMappedRoute): MappedRoute {
  const untilMs = observedUntil === undefined ? undefined : parseRfc3339(observedUntil)
  return {
    require: new Map(Object.entries(require)),
    risk,
    ...(untilMs === undefined ? {} : { observedUntilMs: untilMs }),
    hasPolicies: policies === true,
    ...(ignores === undefined ? {} : { ignores }),
  }
}

/** JavaScript moves names that look like array indexes to the front, for every writer alike. */
export function sorted<T, U>(map: ReadonlyMap<string, T>, of: (value: T) => U): Record<string, U> {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, value]) => [name, of(value)]))
}
