import type { ClaimChange, RecordRef } from '../../changes/change.ts'
import { countRemoval, type RemovalLimit } from '../../guards/removal-guard.ts'
import type { StatedClaim } from '../../claims/stated-claims.ts'
import { changeKey, type SeenChange } from '../batch/batch-state.ts'
import { heldFeed, noteDoubt, policyOf, putFeed, seenChange, type Draft } from '../draft.ts'
import {
  causeOf,
  logAccepted,
  publicationOrigin,
  revocationOrigin,
  type Accepted,
} from '../origin.ts'
import { revokeClaims } from '../revoke-claims.ts'

/**
 * Compares a record with the held one of its change: the same record read again, or one appended again, which
 * confirms it. Places of another incarnation cannot be compared, so the change is held again.
 */
export function heldStatus(
  { state }: Draft,
  { e, offset: held }: RecordRef,
  offset: bigint,
): 'read-again' | 'confirmed' | 'held-anew' {
  if (e !== state.e) return 'held-anew'
  return offset > held ? 'confirmed' : 'read-again'
}

/** Returns whether a change that removes something exceeds the limit of its source in this partition. */
export function isHeld(draft: Draft, { at, change }: Accepted<ClaimChange>): boolean {
  const limit = policyOf(draft).registry.sources.get(change.source)?.removalLimit
  const held = heldRef(draft, change)
  if (held !== undefined) return heldStatus(draft, held, at.offset) === 'held-anew'
  return limit !== undefined && isOneTooMany(draft, { at, change }, limit)
}

function isOneTooMany(
  draft: Draft,
  { at, change: { tenant, source } }: Pick<Accepted<ClaimChange>, 'at' | 'change'>,
  limit: RemovalLimit,
): boolean {
  const feed = heldFeed(draft, tenant, source)
  const removals = countRemoval(feed.removals, limit, at.appendedAtMs)
  putFeed(draft, { ...feed, removals })
  return removals.count > limit.removals
}

function heldRef(draft: Draft, change: ClaimChange): SeenChange['held'] {
  return seenChange(draft, changeKey(change))?.held
}

/**
 * Holds a removal: the watermark rises at once and the claim is in doubt, so no token keeps a value that
 * might be lost. The stored state stays, so that an operator who refuses the removal finds it unchanged.
 */
export function holdRemoval(
  draft: Draft,
  accepted: Accepted<ClaimChange>,
  claim: StatedClaim,
): void {
  const { at, change } = accepted
  const { subject, source } = change
  settleHeld(draft, change, claim)
  const ref = { e: draft.state.e, partition: draft.state.partition, offset: at.offset }
  noteDoubt(draft, { subject, claim: claim.name, ref, raised: true, settled: false })
  revokeClaims(draft, {
    at,
    subject,
    claims: new Map([[change.claim, null]]),
    origin: revocationOrigin(draft, accepted),
    ...publicationOrigin(accepted),
    tightened: true,
  })
  const rule = `source ${source} takes away more here, in so short a time, than it may unasked`
  draft.quarantine.push({ offset: at.offset, code: 'event.flood', rule, cause: causeOf(change) })
  logAccepted(draft, accepted, { outcome: 'held', tightened: true })
}

/** A held change was accepted, or is held at another place: its doubt is over. */
export function settleHeld(draft: Draft, change: ClaimChange, claim: StatedClaim): void {
  const ref = heldRef(draft, change)
  if (ref === undefined) return
  const { subject } = change
  noteDoubt(draft, { subject, claim: claim.name, ref, raised: false, settled: true })
}
