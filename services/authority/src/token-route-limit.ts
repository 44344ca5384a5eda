import { oauthError, OVERLOADED, type EndpointLimiter } from '@freshet/authority'
import { FreshetError } from '@freshet/protocol'
import type { AppOptions, RouteLimit } from '@freshet/runtime'

const ROUTE = { method: 'POST', path: '/oauth/token' }

/** Refuses token requests for which there is no place, each with a moment to come back. */
export function tokenRouteLimit(
  limiter: EndpointLimiter,
  { onAnswer, onRefusal }: Pick<AppOptions, 'onAnswer' | 'onRefusal'>,
): RouteLimit {
  const { status, headers, body } = oauthError(new FreshetError('limit.reached', OVERLOADED), 0)
  const text = JSON.stringify(body)
  const { 'retry-after': _, ...always } = headers
  const fields = [...Object.entries(always).flat(), 'content-type', 'application/json']
  return {
    ...ROUTE,
    // The text is not verified yet: it separates clients that do not hide.
    enter: ({ headers: { authorization } }) => limiter.enter(authorization ?? ''),
    refuse(waitedMs) {
      const retryAfterS = limiter.refuse()
      const { path: route, method } = ROUTE
      onAnswer?.({ route, method, status, durationMs: waitedMs })
      onRefusal?.({ route, method, code: body.code, detail: OVERLOADED })
      return { status, headers: [...fields, 'retry-after', String(retryAfterS)], body: text }
    },
  }
}
