import { createApp, createLogger, systemClock, type AppOptions } from '@freshet/runtime'

/** Returns the application of a service for its routes alone: no dependency to check, and empty metrics. */
export function routesApp(more: Partial<AppOptions> = {}): ReturnType<typeof createApp> {
  return createApp({
    logger: createLogger('test', 'silent'),
    clock: systemClock,
    signal: new AbortController().signal,
    checks: {},
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    ...more,
  })
}
