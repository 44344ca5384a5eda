import { mappedRoutes, type Registry } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import type { Timer } from '@freshet/wire'
import { systemClock, type Logger } from '@freshet/runtime'
import { RoutesNow } from './declared-routes.ts'

/** The interval at which the file of a sidecar is compared with the version in force. */
const POLL_EVERY_MS = 1_000

/** The routes of a sidecar that was started with a registry. */
export function routesNow(file: Registry, edge: Pick<Edge, 'routesInForce'>): RoutesNow {
  return new RoutesNow({
    file: { version: file.version, routes: mappedRoutes(file) },
    inForce: () => edge.routesInForce(),
    clock: systemClock,
  })
}

/** Logs once that another version is in force, and once that it is not any more, until the signal aborts. */
export async function reportSkew(
  routes: Pick<RoutesNow, 'compare'>,
  parts: {
    readonly logger: Pick<Logger, 'warn' | 'info'>
    readonly timer: Pick<Timer, 'sleep'>
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { logger, timer, signal } = parts
  let wasSkewed = false
  while (!signal.aborted) {
    const skew = routes.compare()
    const isSkewed = skew !== undefined
    if (isSkewed && !wasSkewed)
      logger.warn(
        { active: skew.active },
        'routes: the claim map in force carries none, and the file of FRESHET_REGISTRY is another version',
      )
    if (!isSkewed && wasSkewed) logger.info('routes: those of the version in force are enforced')
    wasSkewed = isSkewed
    await timer.sleep(POLL_EVERY_MS, signal)
  }
}
