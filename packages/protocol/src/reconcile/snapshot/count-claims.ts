import { EMPTY_CLAIM, hasMore, valueKey } from '../../claims/claim-state.ts'
import { compareVersions, type SourceVersion } from '../../position/source-version.ts'
import { NOTHING_REMOVED, type RemovalSize } from '../../guards/snapshot-removal-guard.ts'
import { ACCOUNT_CLAIM } from '../../changes/account-state.ts'
import { subjectKey } from '../../scope/subject.ts'
import type { HeldAccount, HeldClaim, HeldFeed } from '../batch/batch-state.ts'
import { compareCursors, type Counting } from './ending.ts'

/**
 * Returns an account in the form in which walks count and omit stored states: one value is in force while it
 * is enabled. An account without a known source is older than every snapshot.
 */
export function accountAsClaim({ subject, state: account }: HeldAccount): HeldClaim {
  const { source, version } = account
  const element = { value: account.state, version, present: account.state === 'enabled' }
  const state = { floor: version, elements: new Map([[valueKey(account.state), element]]) }
  return { subject, claim: ACCOUNT_CLAIM, source: source ?? '', state }
}

/** Returns whether a snapshot with this floor removes something from a stored claim. */
export function isOlder(
  held: Pick<HeldClaim, 'source' | 'state'>,
  source: string,
  { floor }: { readonly floor: SourceVersion },
): boolean {
  return held.source !== source || compareVersions(held.state.floor, floor) < 0
}

/**
 * The part of a stored claim in the size of a source's snapshot; its subject counts as one. A claim that its
 * former source sent counts, too: the snapshot takes it away if it omits it.
 */
export function sizeOfClaim(
  held: Pick<HeldClaim, 'source' | 'state'>,
  source: string,
  counting: { readonly floor: SourceVersion },
): RemovalSize {
  const isIn = hasMore(held.state, EMPTY_CLAIM)
  const older = isOlder(held, source, counting)
  const losing = isIn && older ? 1 : 0
  return { claims: isIn ? 1 : 0, losing, subjects: losing, older: older ? 1 : 0 }
}

/**
 * The feed with the count of its open statement as it is once a claim is stored that it had counted. A claim
 * that the walk has not reached is counted when it is. So whenever the walk is over, the count is what is stored.
 */
export function countStored(
  feed: HeldFeed,
  before: HeldClaim | undefined,
  after: HeldClaim,
): HeldFeed {
  const { ending } = feed.statements
  if (ending?.phase !== 'counting' || isAhead(ending, after)) return feed
  const added = sizeOfClaim(after, feed.source, ending)
  const gone = before === undefined ? NOTHING_REMOVED : sizeOfClaim(before, feed.source, ending)
  const losing = ending.size.losing + added.losing - gone.losing
  const size = {
    claims: ending.size.claims + added.claims - gone.claims,
    losing,
    subjects: losing,
    older: ending.size.older + added.older - gone.older,
  }
  return { ...feed, statements: { ...feed.statements, ending: { ...ending, size } } }
}

function isAhead({ after }: Counting, { subject, claim }: HeldClaim): boolean {
  return after !== null && compareCursors({ subject: subjectKey(subject), claim }, after) > 0
}
