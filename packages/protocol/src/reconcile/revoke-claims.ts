import { claimsBehind } from '../claims/claim-map.ts'
import type { Position } from '../position/position.ts'
import type { RevocationOrigin, RevokedClaim } from '../changes/revocation.ts'
import type { ClaimValue } from '../scope/scope.ts'
import { subjectKey, type Subject } from '../scope/subject.ts'
import type { RecordPlace } from './batch/arrival.ts'
import type { Cause } from './batch/batch-decision.ts'
import { changeTimeMs } from './change-time.ts'
import { policyOf, positionOf, publish, raiseWatermark, type Draft } from './draft.ts'

/** Claims of one subject that one change took away, with the values that may be disclosed. */
export interface ClaimsRevoked {
  readonly at: RecordPlace
  readonly subject: Subject
  readonly claims: ReadonlyMap<string, readonly ClaimValue[] | null>
  readonly origin: RevocationOrigin
  readonly cause: Cause
  readonly traceparent: string | null
  /** False: only the time rises. */
  readonly tightened: boolean
}

/**
 * Raises the watermarks of claims of a subject, publishes one revocation, marks the tokens. If no value in
 * force was removed, only the time rises (rule 8), and only if there are tokens that are judged by it: the
 * activation that declares the first of them sets the time of everything before.
 */
export function revokeClaims(draft: Draft, revoked: ClaimsRevoked): void {
  const { subject, origin, tightened } = revoked
  if (!tightened && !isTimed(draft, revoked)) return
  const { tenant, source, change } = revoked.cause
  const position = tightened ? positionOf(draft, revoked.at) : null
  const timeMs = changeTimeMs(revoked.at, origin.occurredAtMs)
  const publication = publishClaims(draft, revoked, timeMs)
  for (const claim of revoked.claims.keys()) {
    const scope = { kind: 'subject', subject, claim } as const
    const raised = { tenant, source, change, scope, position, timeMs, publication }
    raiseWatermark(draft, raised)
    if (position !== null) markClaim(draft, revoked, claim, position)
  }
}

function isTimed(draft: Draft, { claims }: ClaimsRevoked): boolean {
  const { timed } = policyOf(draft)
  return [...claims.keys()].some((name) => timed.has(name))
}

function publishClaims(draft: Draft, revoked: ClaimsRevoked, timeMs: number): number {
  const { origin, subject, at, tightened } = revoked
  const { timed } = policyOf(draft)
  const names = [...revoked.claims.keys()].filter((name) => timed.has(name))
  const offset = positionOf(draft, at).offset
  const claims = new Map<string, RevokedClaim>()
  for (const [name, values] of tightened ? revoked.claims : []) claims.set(name, { offset, values })
  const timesMs = new Map(names.map((name) => [name, timeMs]))
  const times = names.length === 0 ? {} : { timesMs }
  return publish(draft, { ...origin, scope: 'subject', subject, claims, ...times }, revoked)
}

/** A claim that is derived from this one goes stale with it (rule 24); a descriptive one never. */
function markClaim(
  draft: Draft,
  { subject, cause: { tenant, source, change } }: ClaimsRevoked,
  claim: string,
  { e, offset }: Position,
): void {
  const target = subjectKey(subject)
  const of = { tenant, source, change, kind: 'subject', target, e, position: offset } as const
  const { map } = policyOf(draft)
  for (const name of map.claims.keys()) {
    if (!claimsBehind(map, name).includes(claim)) continue
    draft.marks.push({ ...of, claim: name, reason: 'claim-changed' })
  }
}
