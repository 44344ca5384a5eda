import { FreshetError } from '@freshet/protocol'
import type { MiddlewareHandler } from 'hono'

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/**
 * Answers browsers only under the console's own names: a foreign name that resolves to this address (DNS
 * rebinding) would make another site's page one of ours. A request with a bearer token needs no guard,
 * because no other site has the token.
 */
export function hostGuard(publicUrl: string | undefined): MiddlewareHandler {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).hostname]
  const admitted = new Set([...LOOPBACK, ...own])
  return async (c, next) => {
    const { hostname } = new URL(c.req.url)
    if (!admitted.has(hostname) && c.req.header('authorization') === undefined) {
      const message = 'This console does not answer browsers under that host name.'
      throw new FreshetError('request.forbidden', message)
    }
    await next()
  }
}
