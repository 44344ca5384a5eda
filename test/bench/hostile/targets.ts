import type { Endpoints } from '@freshet/cli/stack'
import type { AttackTarget } from './assault.ts'
import { authorityTargets } from './authority-assaults.ts'
import { consoleTargets } from './console-assaults.ts'
import { gatewayTargets } from './gateway-assaults.ts'
import { sharedRoutes, sidecarTargets } from './sidecar-assaults.ts'

/** Every door of every service. */
export const TARGETS: readonly AttackTarget[] = [
  ...gatewayTargets,
  ...authorityTargets,
  ...sidecarTargets,
  ...consoleTargets,
]

const SERVICES = ['gateway', 'authority', 'reconciler', 'sidecar', 'console'] as const
const METHODS: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'patch'])

/**
 * Compares the doors with the documents that the started services publish.
 *
 * @throws Error naming each route that no door has, and each route of a door that no service publishes
 */
export async function requireEveryRoute(at: Endpoints): Promise<void> {
  const found = await Promise.all(
    SERVICES.map(async (service) => {
      const answer = await fetch(new URL('/openapi.json', at[service]))
      return differences(service, (await answer.json()) as OpenApi)
    }),
  )
  const lines = found.flat()
  if (lines.length > 0) throw new Error(`The doors of hostile are incomplete: ${lines.join('; ')}.`)
}

/** The part of an OpenAPI document that is read here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, object>>
}

/** Returns a line for each route that only the doors or only the document has. */
export function differences(service: string, { paths }: OpenApi): readonly string[] {
  const published = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => METHODS.has(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  )
  const own = TARGETS.filter((target) => target.service === service).flatMap(({ routes }) => routes)
  const known = new Set([...own, ...sharedRoutes])
  return [
    ...published
      .filter((route) => !known.has(route))
      .map((route) => `${service} ${route} has no door`),
    ...[...known]
      .filter((route) => !published.includes(route))
      .map((route) => `${service} does not publish ${route}`),
  ]
}
