import type { RouteName } from '@freshet/authority'
import type { PolicyFiles } from '@freshet/registry'

/** The policies of one version as a thread is given them. */
export interface PolicyTexts {
  readonly schema: string
  readonly routes: readonly RoutePolicies[]
}

/** A route with the files that it names. */
export interface RoutePolicies extends RouteName {
  readonly files: readonly (readonly [path: string, text: string])[]
}

/** The policies of a version; a file that does not exist has no policy. */
export function textsOf({ registry, policyTexts }: PolicyFiles): PolicyTexts {
  const textOf = (path: string): string => policyTexts.get(path) ?? ''
  const routes = [...registry.audiences.values()].flatMap(({ name: audience, routes: all }) =>
    [...all]
      .filter(([, { policies }]) => policies.length > 0)
      .map(([route, { policies }]) => ({
        audience,
        route,
        files: [...new Set(policies)].map((path) => [path, textOf(path)] as const),
      })),
  )
  return { schema: textOf(registry.policySchema ?? ''), routes }
}

/** The name of a route, for maps. */
export function routeKey({ audience, route }: RouteName): string {
  return JSON.stringify([audience, route])
}
