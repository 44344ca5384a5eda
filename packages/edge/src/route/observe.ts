import { FreshetError, type StaleReason, type Verdict } from '@freshet/protocol'
import { observedUntilMs } from '@freshet/wire'
import type { Decision, WouldBe } from './decision.ts'
import { isHighRisk, type RoutePolicy } from './route-policy.ts'

/** The holder of such a key can sign any token, so a token of it has no value for observing (rule 23). */
const FORGEABLE: ReadonlySet<StaleReason> = new Set(['key-denied', 'issuer-denied'])

/**
 * Until when a route is observed; `undefined` where it is enforced always.
 *
 * @throws `config.invalid` where `enforce` says neither, or the route is of high risk: that one is
 *   let in by a validation made for the request, and by nothing else (S19)
 */
export function observationOf({ enforce, ...policy }: RoutePolicy): number | undefined {
  if (enforce === undefined) return undefined
  const untilMs = observedUntilMs(enforce)
  if (untilMs === 'malformed')
    throw new FreshetError(
      'config.invalid',
      'enforce of a route is `always`, or `observe until` and a day, as `observe until 2026-12-24`.',
    )
  if (untilMs !== undefined && isHighRisk(policy))
    throw new FreshetError('config.invalid', 'A route of high risk is enforced always.')
  return untilMs
}

/**
 * The answer of an observed route: every valid token passes with all of its claims, and the answer that it
 * would have got is beside it.
 */
export function observed(decision: Decision): Decision {
  if ([...decision.verdicts.values()].some(isForgeable)) return decision
  const { code, detail, wwwAuthenticate, ...rest } = decision
  const { decision: kind, status, stripped } = decision
  const would: WouldBe = {
    decision: kind,
    status,
    stripped,
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
    ...(wwwAuthenticate === undefined ? {} : { wwwAuthenticate }),
  }
  return { ...rest, decision: 'allow', status: 200, stripped: [], observed: would }
}

function isForgeable(verdict: Verdict): boolean {
  return verdict.kind === 'stale' && FORGEABLE.has(verdict.reason)
}
