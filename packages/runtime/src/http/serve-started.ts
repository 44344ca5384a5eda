import { dispositionOf, FreshetError } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { Logger } from '../logger.ts'
import { problemOf } from '../errors/problem.ts'
import { NO_ROUTE } from './refusals.ts'
import { serveHttp, type HttpServer, type ServeOptions } from './serve-http.ts'

/** The time that a service waits at its start for its dependencies, before it ends. */
export const SERVICE_START_WITHIN_MS = 60_000
const AGAIN_AFTER_MS = 1_000

/** The routes that the application itself answers while a service starts. */
const ALWAYS: readonly string[] = ['/livez', '/metrics', '/v1/version', '/openapi.json']

/** The application, and the steps that must succeed before it is used. */
export interface StartOptions extends ServeOptions {
  /** Made again after a pause when it fails by an error that may heal. */
  readonly start: () => Promise<void>
  readonly logger: Logger
  readonly timer: Timer
  readonly signal: AbortSignal
}

/**
 * Listens at once and resolves when the service has started. Until then `/livez` is 200, `/readyz`
 * is 503 and names what is waited for, and every other route is 503: a database that comes up a
 * little later than its services is no reason to end, and one that stays away is, within 60 s.
 *
 * @throws `config.invalid` when the address is taken; what `start` throws: at once where a person
 *   has to change something, else when the time is over
 */
export async function serveStarted(options: StartOptions): Promise<HttpServer> {
  const waiting: Waiting = { reason: 'starting' }
  const server = await serveHttp({ ...options, app: whileStarting(options, waiting) })
  try {
    await startWithin(options, waiting)
  } catch (error) {
    await server.close()
    throw error
  }
  waiting.reason = undefined
  return server
}

interface Waiting {
  /** Absent once the service has started. */
  reason: string | undefined
}

function whileStarting(
  { app, onRefusal }: Pick<ServeOptions, 'app' | 'onRefusal'>,
  waiting: Waiting,
): ServeOptions['app'] {
  return {
    fetch(request, env) {
      const { reason } = waiting
      const { pathname } = new URL(request.url)
      if (reason === undefined || ALWAYS.includes(pathname)) return app.fetch(request, env)
      if (pathname.startsWith('/readyz')) {
        return new Response(`[-] start failed: ${reason}\nnot ready\n`, { status: 503 })
      }
      const problem = problemOf(new FreshetError('service.starting', `Not started yet: ${reason}`))
      onRefusal?.({ ...NO_ROUTE, ...problem })
      const headers = { 'content-type': 'application/problem+json', 'retry-after': '1' }
      return new Response(JSON.stringify(problem), { status: problem.status, headers })
    },
  }
}

async function startWithin(options: StartOptions, waiting: Waiting): Promise<void> {
  const { start, logger, timer, signal } = options
  const overMs = timer.monotonicMs() + SERVICE_START_WITHIN_MS
  for (;;) {
    signal.throwIfAborted()
    try {
      return await start()
    } catch (error) {
      if (dispositionOf(error) !== 'retry' || timer.monotonicMs() >= overMs) throw error
      waiting.reason = error instanceof Error ? error.message : 'unknown'
      logger.warn({ err: error }, 'dependency unavailable, retrying startup')
    }
    await timer.sleep(AGAIN_AFTER_MS, signal)
  }
}
