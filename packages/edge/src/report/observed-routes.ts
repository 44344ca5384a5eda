import type { StaleReason, Verdict } from '@freshet/protocol'
import { isRouteName, OBSERVED_ROUTES_MAX, type ObservedRoute } from '@freshet/wire'
import { OBSERVED_ROUTES_KEPT_MAX } from '../limits.ts'
import type { RouteQuestion } from '../route/decide.ts'
import type { Decision } from '../route/decision.ts'
import { isVerified } from '../token/token-claims.ts'
import { UNNAMED_ROUTE } from '../use/claim-uses.ts'

/** These verdicts come from lost or missing history, and show no change that took something away. */
const WITHOUT_CHANGE: ReadonlySet<StaleReason> = new Set(['incarnation', 'policy-version'])
const SECOND_MS = 1_000

type Counts = { -readonly [Member in keyof ObservedRoute]: ObservedRoute[Member] }

/** The requests on observed routes since the last report, and those that used what had been taken away. */
export class ObservedRoutes {
  #counted = new Map<string, Counts>()

  /**
   * Counts a decision of an observed route; `own` is the audience of the edge. More routes than the limit are not
   * counted.
   */
  count(
    { observed, verdicts, claims: token }: Decision,
    { audience, name }: Pick<RouteQuestion, 'audience' | 'name'>,
    { audience: own, nowMs }: { readonly audience: string; readonly nowMs: number },
  ): void {
    if (observed === undefined || !isVerified(token)) return
    const route = name !== undefined && isRouteName(name) ? name : UNNAMED_ROUTE
    const where = { tenant: token.token.tenant, audience: audience ?? own, route }
    const counts = this.#countsOf(where)
    if (counts === undefined) return
    counts.requests += 1
    const gone = [...verdicts.values()].flatMap((verdict) => (isGone(verdict) ? verdict : []))
    if (gone.length === 0) return
    counts.gone += 1
    const since = gone.flatMap(({ sinceMs }) => sinceMs ?? [])
    if (since.length === 0) counts.undated += 1
    else {
      const age = Math.max(0, nowMs - Math.min(...since)) / SECOND_MS
      counts.oldest = Math.max(counts.oldest ?? 0, age)
    }
  }

  /** Returns the routes with the most requests, and begins again. */
  take(): readonly ObservedRoute[] {
    const counted = [...this.#counted.values()]
    this.#counted = new Map()
    return counted.toSorted((a, b) => b.requests - a.requests).slice(0, OBSERVED_ROUTES_MAX)
  }

  #countsOf(where: Pick<ObservedRoute, 'tenant' | 'audience' | 'route'>): Counts | undefined {
    const key = JSON.stringify(where)
    const known = this.#counted.get(key)
    if (known !== undefined || this.#counted.size >= OBSERVED_ROUTES_KEPT_MAX) return known
    const counts = { ...where, requests: 0, gone: 0, undated: 0 }
    this.#counted.set(key, counts)
    return counts
  }
}

function isGone(verdict: Verdict): verdict is Extract<Verdict, { kind: 'stale' }> {
  return verdict.kind === 'stale' && !WITHOUT_CHANGE.has(verdict.reason)
}
