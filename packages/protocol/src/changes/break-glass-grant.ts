import { CLOCK_TOLERANCE_MS } from '../mint/source-lease.ts'
import type { Registry } from '../registry/registry.ts'

/** Most grants at a time, of all tenants together: heartbeats carry them. */
export const GRANTS_MAX = 100

/** The longest that a registry may let a grant last. */
export const GRANT_MS_MAX = 86_400_000

/**
 * A break-glass grant: a route that an operator opens for a limited time although one claim is unverified. It
 * replaces missing knowledge and never overrules knowledge: a stale token is refused.
 */
export interface BreakGlassGrant {
  /** Id of the change that opened it. */
  readonly id: string
  readonly tenant: string
  readonly audience: string
  /** As the edge names it; in the registry `POST /approve`. */
  readonly route: string
  readonly claim: string
  readonly fromMs: number
  /** It ends then by itself. */
  readonly untilMs: number
}

/** A grant with who ordered it, and why: for people. */
export interface HeldGrant extends BreakGlassGrant {
  readonly by: string
  readonly reason: string
}

/** Now, and the longest that a grant may last. */
export interface GrantTerms {
  readonly nowMs: number
  readonly maxMs: number
}

/**
 * The grant that lets a request in, if one does. One that lasts longer than any may opens nothing,
 * nor does one that has not begun: then the clock is behind, and would not see its end either.
 */
export function grantFor(
  grants: readonly BreakGlassGrant[],
  question: Pick<BreakGlassGrant, 'tenant' | 'audience' | 'route' | 'claim'>,
  { nowMs, maxMs }: GrantTerms,
): BreakGlassGrant | undefined {
  return grants.find(
    (each) =>
      each.tenant === question.tenant &&
      each.audience === question.audience &&
      each.route === question.route &&
      each.claim === question.claim &&
      nowMs >= each.fromMs - CLOCK_TOLERANCE_MS &&
      nowMs < each.untilMs &&
      each.untilMs - each.fromMs <= maxMs,
  )
}

/** Those of them that are not over. */
export function openAt<T extends BreakGlassGrant>(
  grants: readonly T[],
  nowMs: number,
): readonly T[] {
  return grants.filter(({ untilMs }) => untilMs > nowMs)
}

/** The grants that a registry that takes effect still allows. */
export function grantsUnder<T extends BreakGlassGrant>(
  registry: Registry,
  grants: readonly T[],
): readonly T[] {
  return grants.filter(
    (each) => registry.tenants.has(each.tenant) && grantRefusal(registry, each) === undefined,
  )
}

/** @internal The rule of the registry that a grant breaks; `undefined` where it may be. */
export function grantRefusal(
  registry: Registry,
  open: Omit<BreakGlassGrant, 'id' | 'tenant'>,
): string | undefined {
  const { breakGlassMaxMs: maxMs } = registry
  if (maxMs === undefined) return 'the registry declares no breakGlass'
  const lastsMs = open.untilMs - open.fromMs
  if (!(lastsMs > 0 && lastsMs <= maxMs))
    return 'a break-glass grant lasts no longer than breakGlass.maxFor'
  const { audience, route, claim } = open
  if (registry.claims.get(claim)?.kind !== 'authoritative')
    return `claim ${claim} is no authoritative claim of the registry`
  const declared = registry.audiences.get(audience)
  if (declared === undefined) return `audience ${audience} is not in the registry`
  const policy = declared.routes.get(route)
  if (policy === undefined)
    return declared.routes.size === 0
      ? undefined
      : `route ${route} is not declared for audience ${audience}`
  if (policy.risk === 'high') return `route ${route} is of high risk, which is never opened`
  if (policy.require.size === 0 || policy.require.has(claim)) return undefined
  return `route ${route} does not require claim ${claim}`
}
