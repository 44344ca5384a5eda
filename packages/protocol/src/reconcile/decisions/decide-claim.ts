import type { ClaimChange } from '../../changes/change.ts'
import { valueKey, valuesInForce, type ClaimState } from '../../claims/claim-state.ts'
import { invariant } from '../../errors/freshet-error.ts'
import { givesUnlisted } from '../../claims/listed-values.ts'
import type { Claim } from '../../registry/registry.ts'
import type { ClaimValue } from '../../scope/scope.ts'
import { laterVersion, NO_VERSION } from '../../position/source-version.ts'
import { statedBy, type StatedClaim } from '../../claims/stated-claims.ts'
import { subjectKey, type Subject } from '../../scope/subject.ts'
import { valueScopeKey } from '../batch/batch-state.ts'
import { changedValues } from '../changed-values.ts'
import { mergeClaim } from '../claim-merge.ts'
import { compareSources } from './decide-contradiction.ts'
import { holdRemoval, isHeld, settleHeld } from './decide-removal-spike.ts'
import { compareStated } from './decide-missed.ts'
import { decideUnreadable } from './decide-unreadable.ts'
import { heldClaim, noteDoubt, policyOf, putClaim, type Draft } from '../draft.ts'
import { logAccepted, publicationOrigin, revocationOrigin, type Accepted } from '../origin.ts'
import { revokeClaims } from '../revoke-claims.ts'
import { removeTouched } from '../snapshot/remove-omitted-claims.ts'

/** Merges a source's change of a claim of a subject, and revokes the removed values. */
export function decideClaim(draft: Draft, accepted: Accepted<ClaimChange>): void {
  const { change } = accepted
  const claim = statedClaim(draft, change)
  if (contradictsShape(claim, change)) return doubt(draft, accepted, 'a scalar has one value')
  if (givesUnlisted(claim, change)) {
    return doubt(draft, accepted, 'a value is none that the claim can have by the registry')
  }
  removeTouched(draft, change.subject, claim)
  const before = heldClaim(draft, change.subject, claim.name)
  const merge = mergeClaim(claim, before, {
    op: change.op,
    values: change.values,
    version: change.sourceVersion,
  })
  if (merge.tightened && isHeld(draft, accepted)) return holdRemoval(draft, accepted, claim)
  settleHeld(draft, change, claim)
  if (!merge.late) putClaim(draft, change.subject, claim, merge.state)
  compareStated(draft, change, { claim, before, merge })
  const difference = { subject: change.subject, claim, before: before?.state, after: merge.state }
  if (!merge.late) compareSources(draft, { ...difference, change: change.id })
  settle(draft, claim, change)
  if (merge.tightened || change.op !== 'add') {
    revoke(
      draft,
      accepted,
      merge.tightened ? published(draft, change.subject, claim, merge.state) : undefined,
    )
  }
  const outcome = merge.changed || merge.tightened ? 'applied' : merge.late ? 'late' : 'noop'
  const changed = merge.changed ? changedValues(before?.state, merge.state) : undefined
  const { tightened } = merge
  logAccepted(draft, accepted, { outcome, tightened, ...(changed && { changed }) })
}

function statedClaim(draft: Draft, { claim: name, source }: ClaimChange): StatedClaim {
  const claim = statedBy(policyOf(draft).registry, name, source)
  invariant(claim, 'A change of an unregistered claim was not refused.')
  return claim
}

/** A scalar has one value at most, so only `set`, `clear` and `remove` can change one. */
function contradictsShape(claim: Claim, { op, values }: ClaimChange): boolean {
  if (claim.shape !== 'scalar') return false
  return op === 'add' || (op === 'set' && new Set(values.map(valueKey)).size > 1)
}

/** The source's intention is unclear, so the claim is not minted until the source states it. */
function doubt(draft: Draft, { at, arrival, change }: Accepted<ClaimChange>, rule: string): void {
  const { tenant, source, id, subject, claim } = change
  const named = { tenant, source, id, subject, claim, rule } as const
  decideUnreadable(draft, at, { ...arrival, ...named, kind: 'unreadable' })
}

function settle(draft: Draft, { name: claim }: StatedClaim, change: ClaimChange): void {
  if (change.op !== 'set') return
  for (const ref of change.settles ?? []) {
    const { subject } = change
    noteDoubt(draft, { subject, claim, ref, raised: false, settled: true })
  }
}

/** `values` undefined: nothing was taken away, and only the time for foreign tokens rises. */
function revoke(
  draft: Draft,
  accepted: Accepted<ClaimChange>,
  values: readonly ClaimValue[] | null | undefined,
): void {
  const { at, change } = accepted
  const tightened = values !== undefined
  revokeClaims(draft, {
    at,
    subject: change.subject,
    claims: new Map([[change.claim, values ?? null]]),
    origin: revocationOrigin(draft, accepted),
    ...publicationOrigin(accepted),
    tightened,
  })
}

/** The values that the revocation discloses; null where the registry keeps them private. */
export function published(
  draft: Draft,
  subject: Subject,
  claim: Claim,
  state: ClaimState,
): readonly ClaimValue[] | null {
  // One of two sources does not show which values remain.
  if (!claim.publish || claim.corroborates !== undefined) return null
  const account = draft.state.accounts.get(subjectKey(subject))?.state
  const deletedBy = account?.deletedBy ?? policyOf(draft).registry.account
  const deleted = account && claim.source === deletedBy ? account.deletedFloor : NO_VERSION
  const { withdrawn } = draft.state
  if (withdrawn.size === 0) return valuesInForce(state, () => deleted)
  return valuesInForce(state, (value) => {
    const since = withdrawn.get(valueScopeKey(subject.tenant, claim.name, value))
    return laterVersion(deleted, since ?? NO_VERSION)
  })
}
