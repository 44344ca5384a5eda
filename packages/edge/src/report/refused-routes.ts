import {
  isRouteName,
  REFUSED_CLAIMS_MAX,
  REFUSED_ROUTES_MAX,
  type RefusedRoute,
} from '@freshet/wire'
import { REFUSED_ROUTES_KEPT_MAX } from '../limits.ts'
import type { RouteQuestion } from '../route/decide.ts'
import type { Decision } from '../route/decision.ts'
import { isVerified } from '../token/token-claims.ts'
import { UNNAMED_ROUTE } from '../use/claim-uses.ts'

/** The requests that routes refused because claims were unverified, since the last report. */
export class RefusedRoutes {
  #counted = new Map<string, { route: Omit<RefusedRoute, 'requests'>; requests: number }>()

  /** Counts a decision if it is such a refusal; `own` is the audience of the edge. More routes than the limit are not counted. */
  count(
    { decision, code, verdicts, claims: token }: Decision,
    { audience, name }: Pick<RouteQuestion, 'audience' | 'name'>,
    own: string,
  ): void {
    if (decision !== 'deny' || code !== 'token.unverified' || !isVerified(token)) return
    const claims = [...verdicts]
      .flatMap(([claim, { kind }]) => (kind === 'unverified' && claim !== '' ? claim : []))
      .toSorted()
      .slice(0, REFUSED_CLAIMS_MAX)
    if (claims.length === 0) return
    const route = name !== undefined && isRouteName(name) ? name : UNNAMED_ROUTE
    const refused = { tenant: token.token.tenant, audience: audience ?? own, route, claims }
    const key = JSON.stringify(refused)
    const known = this.#counted.get(key)
    if (known !== undefined) known.requests += 1
    else if (this.#counted.size < REFUSED_ROUTES_KEPT_MAX)
      this.#counted.set(key, { route: refused, requests: 1 })
  }

  /** Returns the routes with the most refused requests, and begins again. */
  take(): readonly RefusedRoute[] {
    const counted = [...this.#counted.values()]
    this.#counted = new Map()
    return counted
      .toSorted((a, b) => b.requests - a.requests)
      .slice(0, REFUSED_ROUTES_MAX)
      .map(({ route, requests }) => ({ ...route, requests }))
  }
}
