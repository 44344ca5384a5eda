import { claimsBehind } from '../claim-map.ts'
import type { Position } from '../position.ts'
import type { RevocationOrigin, RevokedClaim } from '../revocation.ts'
import type { ClaimValue } from '../scope.ts'
import { subjectKey, type Subject } from '../subject.ts'
import type { Arrived } from './arrival.ts'
import type { Cause } from './batch-decision.ts'
import { policyOf, positionOf, publish, raiseWatermark, type Draft } from './draft.ts'

/** Claims of one subject that one change took away, with the values that may be disclosed. */
export interface ClaimsRevoked {
  readonly at: Arrived
  readonly subject: Subject
  readonly claims: ReadonlyMap<string, readonly ClaimValue[] | null>
  readonly origin: RevocationOrigin
  readonly cause: Cause
  readonly traceparent: string | null
  /** False: only the time watermark rises, and nothing is published (rule 8). */
  readonly tightened: boolean
}

/** Raises the watermarks of claims of a subject, publishes one revocation, marks the tokens. */
export function revokeClaims(draft: Draft, revoked: ClaimsRevoked): void {
  const { subject, origin, tightened } = revoked
  const { tenant, source, change } = revoked.cause
  const position = tightened ? positionOf(draft, revoked.at) : null
  const publication = tightened ? publishClaims(draft, revoked) : null
  const timeMs = origin.occurredAtMs
  for (const claim of revoked.claims.keys()) {
    const scope = { kind: 'subject', subject, claim } as const
    const raised = { tenant, source, change, scope, position, timeMs, publication }
    raiseWatermark(draft, raised)
    if (position !== null) markClaim(draft, revoked, claim, position)
  }
}

function publishClaims(draft: Draft, revoked: ClaimsRevoked): number {
  const { origin, subject, at } = revoked
  const offset = positionOf(draft, at).offset
  const claims = new Map<string, RevokedClaim>()
  for (const [name, values] of revoked.claims) claims.set(name, { offset, values })
  return publish(draft, { ...origin, scope: 'subject', subject, claims }, revoked)
}

/** A claim that is derived from this one goes stale with it (rule 24); a descriptive one never. */
function markClaim(
  draft: Draft,
  { subject, cause: { tenant, source, change } }: ClaimsRevoked,
  claim: string,
  position: Position,
): void {
  const key = subjectKey(subject)
  const reason = 'claim-changed'
  const { map } = policyOf(draft)
  for (const name of map.claims.keys()) {
    if (!claimsBehind(map, name).includes(claim)) continue
    draft.marks.push({ tenant, source, change, subject: key, claim: name, position, reason })
  }
}
