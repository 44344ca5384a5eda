import { invariant } from '../../errors/freshet-error.ts'
import { concernedBy, statedClaims, type StatedClaim } from '../../claims/stated-claims.ts'
import { takingOf } from '../../changes/statements.ts'
import { subjectKey, type Subject } from '../../scope/subject.ts'
import type { HeldClaim, HeldFeed } from '../batch/batch-state.ts'
import { raiseFloor } from '../claim-merge.ts'
import { isOlder } from './count-claims.ts'
import { compareSources } from '../decisions/decide-contradiction.ts'
import { noteMissed } from '../decisions/decide-missed.ts'
import { heldClaim, heldFeed, policyOf, putClaim, putFeed, type Draft } from '../draft.ts'
import type { Taking } from './ending.ts'
import { causeOf, revocationOrigin } from '../origin.ts'
import { revokeClaims } from '../revoke-claims.ts'

/** The feed whose snapshot ended, and the record that ended it. */
export interface SnapshotRemoval extends Pick<HeldFeed, 'tenant' | 'source'> {
  readonly taking: Taking
}

/**
 * Takes away what a full statement does not name of these claims, at the place of its end, however much later
 * that is done. Returns whether anything was lost.
 */
export function removeOmittedClaims(
  draft: Draft,
  removal: SnapshotRemoval,
  omitted: readonly HeldClaim[],
): boolean {
  let lost = false
  for (const { subject, claims } of bySubject(omitted)) {
    const tightened = removeFromSubject(draft, removal, { subject, claims })
    if (tightened.size === 0) continue
    lost = true
    revokeOmitted(draft, removal, subject, tightened)
  }
  return lost
}

/** Before a change of a claim is merged: takes away what the walk has not come to yet. */
export function removeTouched(draft: Draft, subject: Subject, claim: StatedClaim): void {
  const { tenant } = subject
  const { source } = claim
  const feed = heldFeed(draft, tenant, source)
  const taking = takingOf(feed.statements)
  const held = taking && heldClaim(draft, subject, claim.name)
  if (taking === null || !held || !isOlder(held, source, taking)) return
  if (!removeOmittedClaims(draft, { tenant, source, taking }, [held]) || taking.lost) return
  putFeed(draft, { ...feed, statements: { ...feed.statements, ending: { ...taking, lost: true } } })
}

/** Tokens of an older incarnation are stale already, and its places mean nothing in a newer one. */
function revokeOmitted(
  draft: Draft,
  { tenant, source, taking: { end } }: SnapshotRemoval,
  subject: Subject,
  tightened: ReadonlySet<string>,
): void {
  if (end.e !== draft.state.e) return
  const change = { id: end.id, tenant, source, occurredAtMs: end.occurredAtMs }
  revokeClaims(draft, {
    at: end,
    subject,
    // Not disclosed: the withdrawals and deletions of so many were not loaded.
    claims: new Map([...tightened].map((name) => [name, null])),
    origin: revocationOrigin(draft, { at: end, change }, partOf(subject, tightened)),
    cause: causeOf(change),
    traceparent: end.traceparent,
    tightened: true,
  })
}

/** A subject's claims may be swept in two steps; each step's revocation has a name of its own. */
function partOf({ iss, sub }: Subject, claims: ReadonlySet<string>): string {
  return `${iss}#${sub}#${[...claims].join(',')}`
}

interface SubjectClaims {
  readonly subject: Subject
  readonly claims: readonly HeldClaim[]
}

function removeFromSubject(
  draft: Draft,
  { taking: { begin: latest, floor: open, covers, end } }: SnapshotRemoval,
  { subject, claims }: SubjectClaims,
): ReadonlySet<string> {
  const tightened = new Set<string>()
  const stated = new Map(statedClaims(policyOf(draft).registry).map((each) => [each.name, each]))
  const change = end.id
  for (const held of claims) {
    const claim = stated.get(held.claim)
    invariant(claim, 'Words of a source are swept that states no such claim.')
    const stored = heldClaim(draft, subject, held.claim) ?? held
    const merge = raiseFloor(claim, stored, open)
    putClaim(draft, subject, claim, merge.state)
    const difference = { claim, before: stored, after: merge.state }
    if (merge.changed) noteMissed(draft, { open, latest, covers }, { subject, change, difference })
    compareSources(draft, { subject, claim, before: stored.state, after: merge.state, change })
    if (merge.tightened) tightened.add(concernedBy(claim.name))
  }
  return tightened
}

/** In the order of the subjects' keys, so that a replay publishes in the same order. */
function bySubject(omitted: readonly HeldClaim[]): readonly SubjectClaims[] {
  const groups = new Map<string, HeldClaim[]>()
  for (const held of omitted) {
    const key = subjectKey(held.subject)
    const group = groups.get(key)
    if (group) group.push(held)
    else groups.set(key, [held])
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, claims]) => (claims[0] ? [{ subject: claims[0].subject, claims }] : []))
}
