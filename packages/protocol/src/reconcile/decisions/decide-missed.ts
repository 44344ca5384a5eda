import type { ClaimChange } from '../../changes/change.ts'
import { EMPTY_CLAIM, hasMore, keysBeyond, type ClaimState } from '../../claims/claim-state.ts'
import type { Claim } from '../../registry/registry.ts'
import { compareVersions, formatVersion } from '../../position/source-version.ts'
import type { Statements } from '../../changes/statements.ts'
import type { Subject } from '../../scope/subject.ts'
import type { HeldClaim } from '../batch/batch-state.ts'
import type { ClaimMerge } from '../claim-merge.ts'
import { heldFeed, putFeed, type Draft } from '../draft.ts'

/** A claim of a subject before and after a change. */
export interface StatedDifference {
  readonly claim: Claim
  readonly before: HeldClaim | undefined
  readonly after: ClaimState
}

/**
 * Compares a source's snapshot with its earlier state here. A `set` or `clear` belongs to the open snapshot
 * if it has the version of its begin. Any other version is an event of its own; if it arrives after newer
 * statements, it cancels the missed change that they found. A change that a connection found by comparing is a missed
 * change itself. The version of its list stands for the statement.
 */
export function compareStated(
  draft: Draft,
  change: ClaimChange,
  { claim, before, merge }: Omit<StatedDifference, 'after'> & { readonly merge: ClaimMerge },
): void {
  const { subject, op, id, tenant, source, sourceVersion, found } = change
  const held = heldFeed(draft, tenant, source)
  const { statements } = held
  const { open } = statements
  const isWhole = op === 'set' || op === 'clear'
  if (!isWhole || open === null || compareVersions(sourceVersion, open) !== 0) {
    const { name } = claim
    if (isWhole && found === 'compare' && merge.changed) {
      const statement = { open: sourceVersion, latest: formatVersion(sourceVersion), covers: [] }
      const difference = { claim, before, after: merge.state }
      noteMissed(draft, statement, { subject, change: id, difference })
      return
    }
    if (merge.late) draft.announced.push({ subject, claim: name, source, version: sourceVersion })
    return
  }
  const compared = statements.compared + 1
  putFeed(draft, { ...held, statements: { ...statements, compared } })
  if (!merge.changed) return
  const difference = { claim, before, after: merge.state }
  noteMissed(draft, statements, { subject, change: id, difference })
}

/**
 * Records a difference that no event had announced. New values of a subject that the source never mentioned
 * count only after a snapshot has stated all subjects: the first load finds no missed change.
 */
export function noteMissed(
  draft: Draft,
  { open, latest, covers }: Pick<Statements, 'open' | 'latest' | 'covers'>,
  found: {
    readonly subject: Subject
    readonly change: string
    readonly difference: StatedDifference
  },
): void {
  const { claim, before, after } = found.difference
  const wasStated =
    before === undefined ? covers.includes(claim.name) : before.source === claim.source
  if (!wasStated || open === null || latest === null) return
  const { subject, change } = found
  const known = before?.state ?? EMPTY_CLAIM
  const missed = { subject, claim: claim.name, source: claim.source, change }
  const difference = { lost: keysBeyond(known, after), gained: hasMore(after, known) }
  draft.missed.push({ ...missed, statement: latest, version: open, ...difference })
}
