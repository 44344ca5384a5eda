import type { RequestFacts } from '@freshet/wire'
import type { RouteQuestion } from './decide.ts'
import type { RoutePolicy } from './route-policy.ts'

/** The requirements of a route, for a hook before it. */
export interface HookPolicy<Request> extends RoutePolicy {
  /**
   * Facts of the request that the policies of the route read, as the policy schema declares them: at most 4
   * KiB as JSON, whole numbers. The edge sends them to the authority. An error that it throws refuses the
   * request.
   *
   * @example
   * edge.express({ route: 'POST /approve', facts: ({ body }) => ({ amount: body.amount }) })
   */
  readonly facts?: (request: Request) => RequestFacts | Promise<RequestFacts>
}

/** The question of a hook, without the token. */
export type HookQuestion = Omit<RouteQuestion, 'token'>

/** The question about one request. */
export async function questionOf<Request>(
  { facts, ...policy }: HookPolicy<Request>,
  request: Request,
): Promise<HookQuestion> {
  return facts === undefined ? policy : { ...policy, facts: await facts(request) }
}
