import type { Clock } from '@freshet/protocol'
import { createApp, createBareApp, createLogger, type OnRefusal } from '@freshet/runtime'
import { open, type Sample } from '../../requests/operation.ts'

/** Returns a service's application without its routes: it logs nothing, and everything is ready. */
export function quietApp(clock: Clock, onRefusal?: OnRefusal): ReturnType<typeof createApp> {
  return createApp({
    logger: createLogger('test', 'silent'),
    ...(onRefusal && { onRefusal }),
    clock,
    checks: { postgres: () => {} },
    signal: new AbortController().signal,
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
  })
}

/** Returns the same without the routes of all services. */
export function quietBareApp(clock: Clock): ReturnType<typeof createApp> {
  return createBareApp({ logger: createLogger('test', 'silent'), clock })
}

const OPEN = ['/livez', '/readyz', '/metrics', '/v1/version', '/openapi.json']

/** Returns whether every service shows the path to everyone. */
export function isOpenPath(path: string): boolean {
  return OPEN.some((each) => path.startsWith(each))
}

/** The documents of every service that no operation names. */
export const publicSamples: readonly Sample[] = ['/readyz/:name', '/openapi.json'].map((path) =>
  publicSample(path),
)

/** Returns a request for a public document. */
export function publicSample(
  path: string,
  target: string = path.replace(':name', 'postgres'),
): Sample {
  return {
    name: path,
    isPublic: true,
    operation: `GET ${path}`,
    make: () => open(target)(undefined),
  }
}
