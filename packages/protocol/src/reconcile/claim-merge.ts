import {
  EMPTY_CLAIM,
  hasMore,
  mergeStatement,
  newestVersion,
  type ClaimState,
  type ClaimStatement,
} from '../claims/claim-state.ts'
import type { Claim } from '../registry/registry.ts'
import { compareVersions, laterVersion } from '../position/source-version.ts'
import { differenceTightens } from '../claims/tightening.ts'
import type { HeldClaim } from './batch/batch-state.ts'

/** The effect of a statement on a claim of a subject. */
export interface ClaimMerge {
  readonly state: ClaimState
  /** It took something away, so tokens that carry the claim are stale. */
  readonly tightened: boolean
  /** True if the values in force differ from before. */
  readonly changed: boolean
  /** Newer statements were there before it: it left no trace. */
  readonly late: boolean
}

/**
 * Merges a statement of the claim's source. Tightening looks at this partition's own history
 * alone: withdrawals and deletions stand in the control partition, and reading them here would
 * make the result depend on which partition was read first (S13). Not knowing them only means to
 * tighten too often.
 */
export function mergeClaim(
  claim: Pick<Claim, 'source' | 'polarity' | 'shape'>,
  held: HeldClaim | undefined,
  statement: ClaimStatement,
): ClaimMerge {
  return mergeInto(claim, held, { ...statement, claim })
}

/** Drops what is older than `floor` from a claim, at the end of a full statement. */
export function raiseFloor(
  claim: Pick<Claim, 'source' | 'polarity' | 'shape'>,
  held: HeldClaim,
  floor: ClaimState['floor'],
): ClaimMerge {
  const { floor: stated } = ownState(claim, held)
  const version = laterVersion(stated, floor)
  // The snapshot states what is as new as its begin.
  const op = version === stated ? 'add' : 'clear'
  return mergeInto(claim, held, { op, values: [], version, claim })
}

function mergeInto(
  claim: Pick<Claim, 'source' | 'polarity' | 'shape'>,
  held: HeldClaim | undefined,
  statement: ClaimStatement,
): ClaimMerge {
  const own = ownState(claim, held)
  const state = mergeStatement(own, statement)
  const isOlder = compareVersions(statement.version, newestVersion(own)) < 0
  return { state, ...difference(claim, held, state), late: isOlder && sameState(own, state) }
}

/** Versions compare within one source only: another source starts from nothing (rule 32). */
function ownState(claim: Pick<Claim, 'source'>, held: HeldClaim | undefined): ClaimState {
  return held?.source === claim.source ? held.state : EMPTY_CLAIM
}

function difference(
  claim: Pick<Claim, 'source' | 'polarity' | 'shape'>,
  held: HeldClaim | undefined,
  now: ClaimState,
): Pick<ClaimMerge, 'tightened' | 'changed'> {
  const before = held?.state ?? EMPTY_CLAIM
  const differs = {
    had: hasMore(before, EMPTY_CLAIM),
    lost: hasMore(before, now),
    gained: hasMore(now, before),
  }
  const tightened = differenceTightens(claim, differs)
  return {
    changed: differs.lost || differs.gained,
    tightened: tightened || restates(claim, ownState(claim, held), now),
  }
}

/**
 * A restricting value that is stated anew may have been dropped in between by a withdrawal or a
 * deletion, which this partition does not see; tokens minted meanwhile lack it.
 */
function restates(claim: Pick<Claim, 'polarity'>, before: ClaimState, now: ClaimState): boolean {
  if (claim.polarity === 'grant') return false
  for (const [key, element] of now.elements) {
    const known = before.elements.get(key)
    const newer = known === undefined || compareVersions(element.version, known.version) > 0
    if (element.present && newer) return true
  }
  return false
}

function sameState(a: ClaimState, b: ClaimState): boolean {
  if (compareVersions(a.floor, b.floor) !== 0 || a.elements.size !== b.elements.size) return false
  for (const [key, element] of a.elements) {
    const other = b.elements.get(key)
    if (other === element) continue
    if (other?.present !== element.present) return false
    if (compareVersions(other.version, element.version) !== 0) return false
  }
  return true
}
