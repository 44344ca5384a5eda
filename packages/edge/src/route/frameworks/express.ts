import type { Decision } from '../decision.ts'
import { questionOf, type HookPolicy } from '../hook-policy.ts'
import type { Refusal } from '../refusal.ts'
import type { Guarded, GuardedRequest, RequestGuard } from '../request-guard.ts'

declare global {
  // The types of Express extend this namespace, and no other does.
  // oxlint-disable-next-line typescript/no-namespace
  namespace Express {
    /** Without the types of Express, nothing reads this interface. */
    interface Request {
      /** The decision of `edge.express`. Absent where no such hook ran. */
      freshet?: Decision
    }
  }
}

/** The part of a request that the hook reads, and where it leaves the decision. */
export interface ExpressRequest extends GuardedRequest {
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

/**
 * Lets a request through with `request.freshet` set, or answers it. Any failure of the decision
 * itself goes to `next`, never through the route.
 */
export function expressHandler(
  policy: HookPolicy<ExpressRequest>,
  guard: RequestGuard,
): ExpressHandler {
  const handle = async (
    ...[request, response, next]: Parameters<ExpressHandler>
  ): Promise<void> => {
    let guarded: Guarded
    try {
      guarded = await guard.decide(await questionOf(policy, request), request)
    } catch (error) {
      next(error)
      return
    }
    request.freshet = guarded.decision
    if (guarded.refusal === undefined) next()
    else answer(response, guarded.refusal)
  }
  return (request, response, next) => void handle(request, response, next)
}

function answer(response: ExpressResponse, { status, headers, body }: Refusal): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
}
