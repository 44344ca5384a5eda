import { EMPTY_CLAIM, hasMore, newestVersion, type ClaimState } from '../../claims/claim-state.ts'
import { concernedBy, counterpartOf, type StatedClaim } from '../../claims/stated-claims.ts'
import type { Subject } from '../../scope/subject.ts'
import { heldClaim, policyOf, type Draft } from '../draft.ts'

/** The new and the previous state of a claim of a subject from one source. */
export interface Restated {
  readonly subject: Subject
  readonly claim: StatedClaim
  readonly before: ClaimState | undefined
  readonly after: ClaimState
  /** Id of the change. */
  readonly change: string
}

/**
 * Records whether the two sources of a corroborated claim agree on it now. Evidence: minting gives the
 * narrower in any case. A source without any state of the subject's claim contradicts nothing.
 */
export function compareSources(
  draft: Draft,
  { subject, claim, before, after, change }: Restated,
): void {
  const { registry } = policyOf(draft)
  const other = counterpartOf(registry, claim.name)
  const held = other && heldClaim(draft, subject, other.name)
  if (other === undefined || held === undefined || held.source !== other.source) return
  const stands = differ(after, held.state)
  const stood = before !== undefined && differ(before, held.state)
  if (!stands && !stood) return
  const versions = [
    { source: claim.source, version: newestVersion(after) },
    { source: other.source, version: newestVersion(held.state) },
  ] as const
  const isOwner = claim.name === concernedBy(claim.name)
  const [owner, witness] = isOwner ? versions : [versions[1], versions[0]]
  const key = JSON.stringify([subject, concernedBy(claim.name)])
  const isNew = stands && !stood
  const wasNew = draft.contradictions.get(key)?.isNew ?? false
  draft.contradictions.set(key, {
    subject,
    claim: concernedBy(claim.name),
    owner,
    witness,
    stands,
    isNew: stands && (isNew || wasNew),
    change,
  })
}

function differ(one: ClaimState, other: ClaimState = EMPTY_CLAIM): boolean {
  return hasMore(one, other) || hasMore(other, one)
}
