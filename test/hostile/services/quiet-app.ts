import type { Clock } from '@freshet/protocol'
import { createApp, createBareApp, createLogger, type OnRefusal } from '@freshet/runtime'
import type { Sample } from '../mutation/attacked-service.ts'
import { requestOf } from '../mutation/request.ts'

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

/** The documents that every service shows to everyone. */
export const publicSamples: readonly Sample[] = [
  '/livez',
  '/readyz',
  '/readyz/:name',
  '/metrics',
  '/v1/version',
  '/openapi.json',
].map((path) => publicSample(path))

/** Returns a request for a public document. */
export function publicSample(path: string): Sample {
  return {
    name: path,
    isPublic: true,
    route: `GET ${path}`,
    make: () => requestOf('GET', path.replace(':name', 'postgres'), { accept: '*/*' }),
  }
}
