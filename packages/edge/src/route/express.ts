import type { Decision } from './decision.ts'
import type { RouteQuestion } from './decide.ts'
import type { RoutePolicy } from './route-policy.ts'

/** The part of a request that the hook reads, and where it leaves the decision. */
export interface ExpressRequest {
  readonly headers: { readonly authorization?: string | undefined }
  freshet?: Decision
}

/** The part of a response that the hook writes. */
export interface ExpressResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** A handler for `app.use`. */
export type ExpressHandler = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: (error?: unknown) => void,
) => void

/** Between 1 and 3 s, apart by when a request came, so that refused clients do not return at once. */
function retryAfterS(nowMs: number): number {
  return 1 + (Math.floor(nowMs) % 3)
}

const bearer = /^Bearer +([^\s]+)$/i

/** The token of an `Authorization` header; undefined where there is none of scheme Bearer. */
export function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : bearer.exec(header)?.[1]
}

/**
 * Lets a request through with `request.freshet` set, or answers it with problem+json. Any failure
 * of the decision itself goes to `next`, never through the route.
 */
export function expressHandler(
  policy: RoutePolicy,
  decide: (question: RouteQuestion) => Promise<Decision>,
  nowMs: () => number,
): ExpressHandler {
  const handle = async (
    ...[request, response, next]: Parameters<ExpressHandler>
  ): Promise<void> => {
    const token = bearerToken(request.headers.authorization)
    let decision: Decision
    try {
      decision = await decide({ ...policy, token })
    } catch (error) {
      next(error)
      return
    }
    request.freshet = decision
    if (decision.decision === 'allow') next()
    else refuse(response, decision, nowMs())
  }
  return (request, response, next) => void handle(request, response, next)
}

function refuse(response: ExpressResponse, decision: Decision, nowMs: number): void {
  const { status, code = 'token.invalid', detail, wwwAuthenticate } = decision
  const type = `https://freshet.dev/problems/${code}`
  response.statusCode = status
  response.setHeader('content-type', 'application/problem+json')
  response.setHeader('cache-control', 'no-store')
  if (wwwAuthenticate !== undefined) response.setHeader('www-authenticate', wwwAuthenticate)
  if (status === 503) response.setHeader('retry-after', String(retryAfterS(nowMs)))
  response.end(JSON.stringify({ type, title: titles[status], status, detail, code }))
}

const titles: Readonly<Record<Decision['status'], string>> = {
  200: 'Allowed',
  401: 'Unauthorized',
  403: 'Forbidden',
  503: 'Unverified',
}
