import type { SnapshotBegin, SnapshotEnd } from '../../changes/change.ts'
import { awaitStatement, endHalt } from '../../position/feed.ts'
import type { SourceVersion } from '../../position/source-version.ts'
import { ACCOUNT_CLAIM } from '../../changes/account-state.ts'
import { answersFor, statedIn, type SnapshotPart } from '../../claims/stated-claims.ts'
import { countedOf, takingOf } from '../../changes/statements.ts'
import {
  addSizes,
  needsConfirmation,
  NOTHING_REMOVED,
  type RemovalSize,
} from '../../guards/snapshot-removal-guard.ts'
import { CONTROL_PARTITION } from '../../position/partition.ts'
import { wholes, type HeldClaim, type HeldFeed } from '../batch/batch-state.ts'
import { heldFeed, policyOf, putFeed, type Draft } from '../draft.ts'
import type { Counting, Taking } from '../snapshot/ending.ts'
import { causeOf, logAccepted, type Accepted } from '../origin.ts'
import { omitAccounts } from '../snapshot/omit-accounts.ts'
import { removeOmittedClaims, type SnapshotRemoval } from '../snapshot/remove-omitted-claims.ts'
import { cutOff } from './decide-wide.ts'

/** Opens a full statement; a newer begin replaces an older one that has not ended. */
export function decideSnapshotBegin(draft: Draft, accepted: Accepted<SnapshotBegin>): void {
  const { tenant, source, sourceVersion: open, states = [] } = accepted.change
  const held = heldFeed(draft, tenant, source)
  const feed = answers(draft, { source, states })
    ? awaitStatement(held.feed, accepted.arrival.stamp.number)
    : held.feed
  const latest = accepted.change.id
  const ending = takingOf(held.statements)
  const begun = { open, states, latest, held: false, compared: 0, ending }
  const statements = { ...held.statements, ...begun }
  putFeed(draft, { ...held, feed, statements })
  logAccepted(draft, accepted, { outcome: 'noop', tightened: false })
}

function answers(draft: Draft, part: Pick<SnapshotPart, 'source' | 'states'>): boolean {
  const { partition } = draft.state
  return answersFor(policyOf(draft).registry, { partition, ...part })
}

/**
 * Ends a full statement, or holds it where it leaves out much and does not confirm that. Elements older than
 * its *begin* are removed: its own version can be newer than changes in between, and as a floor it would
 * remove those, too.
 *
 * First it is counted how much that is. Of many claims a walk has counted them while the statement was open
 * (see `decideWalk`); as far as it has not, `false` is returned, and the record is decided again with the
 * next claims. If more changes are needed than one step makes, the record is finished and a walk makes the
 * rest.
 */
export function decideSnapshotEnd(draft: Draft, accepted: Accepted<SnapshotEnd>): boolean {
  const { tenant, source } = accepted.change
  const held = heldFeed(draft, tenant, source)
  const { open } = held.statements
  if (open === null) {
    logAccepted(draft, accepted, { outcome: 'late', tightened: false })
    return true
  }
  if (takingOf(held.statements)) {
    draft.walksFirst = { tenant, source }
    return false
  }
  const size = countEnd(draft, held, { floor: open, confirmed: accepted.change.confirmed })
  if (size === null) return false
  if (isUnconfirmed(draft, accepted.change, size)) return holdSnapshot(draft, accepted, size)
  const { read, taken } = draft.state.walked
  // A step that goes on with a count has read the rest of the claims alone, and takes nothing.
  const isRest = isPart(countedOf(held.statements, draft.state.policy.pv))
  take(draft, accepted, { size, isAll: !isRest && read === null && taken === null })
  return true
}

/** Something is left out, and how much makes no difference. */
const UNCOUNTED: RemovalSize = { claims: 1, losing: 1, subjects: 1, older: 1 }

/**
 * The number of claims that the snapshot leaves out; `null`: more is to be counted, and the feed holds the
 * progress.
 */
function countEnd(
  draft: Draft,
  held: HeldFeed,
  { floor, confirmed }: { readonly floor: SourceVersion; readonly confirmed: true | undefined },
): RemovalSize | null {
  const { walked, policy } = draft.state
  const counted = countedOf(held.statements, policy.pv)
  if (walked.read === null && !isPart(counted)) return walked.size
  if (counted !== null && !isPart(counted)) return counted.size
  if (confirmed === true) return UNCOUNTED
  putCount(draft, held, floor)
  return null
}

function isPart(counted: Counting | null): boolean {
  return counted !== null && counted.after !== null
}

/** Adds what this step read to the count of the statement that is open. */
export function putCount(draft: Draft, held: HeldFeed, floor: SourceVersion): void {
  const { walked, policy } = draft.state
  const { pv } = policy
  const sum = addSizes(countedOf(held.statements, pv)?.size ?? NOTHING_REMOVED, walked.size)
  const size = { ...sum, subjects: sum.losing }
  const ending = { phase: 'counting', floor, pv, after: walked.read, size } as const
  putFeed(draft, { ...held, statements: { ...held.statements, ending } })
}

function isUnconfirmed(
  { policy }: Draft,
  { source, confirmed }: SnapshotEnd,
  size: RemovalSize,
): boolean {
  const share = policy?.registry.sources.get(source)?.snapshotRemovalShare
  return confirmed !== true && needsConfirmation(size, share)
}

/** Removes nothing and trusts nothing until the source corrects either the snapshot or its earlier state. */
function holdSnapshot(draft: Draft, accepted: Accepted<SnapshotEnd>, size: RemovalSize): boolean {
  const { at, change } = accepted
  const { losing, claims } = size
  const held = heldFeed(draft, change.tenant, change.source)
  const statements = { ...held.statements, held: true, ending: null }
  putFeed(draft, { ...held, statements, feed: { ...held.feed, halted: true } })
  const rule = `it leaves out ${losing} of ${claims} claims here, and does not confirm that`
  const cause = causeOf(change)
  draft.quarantine.push({ offset: at.offset, code: 'event.unconfirmed', rule, cause })
  logAccepted(draft, accepted, { outcome: 'quarantined', tightened: false })
  return true
}

/** Takes away what a snapshot omits: accounts in the control partition, and claims in the others. */
export function removeOmitted(
  draft: Draft,
  removal: SnapshotRemoval,
  omitted: readonly HeldClaim[],
): boolean {
  const removeAll = draft.state.partition === CONTROL_PARTITION ? omitAccounts : removeOmittedClaims
  return removeAll(draft, removal, omitted)
}

/** Takes away at once what this step read, where that is all; else a walk begins with the first claim. */
function take(
  draft: Draft,
  accepted: Accepted<SnapshotEnd>,
  { size, isAll }: { readonly size: RemovalSize; readonly isAll: boolean },
): void {
  const { tenant, source } = accepted.change
  const held = heldFeed(draft, tenant, source)
  const isWalk = !isAll && size.older > 0
  const tightened = isWalk && size.losing > 0
  const taking = { ...takingFor(draft, accepted, held), tightened }
  const removal = { tenant, source, taking }
  const lost = isAll && removeOmitted(draft, removal, draft.state.walked.omitted)
  const { latest: ended, states, covers } = held.statements
  const { partition } = draft.state
  const claims = statedIn(policyOf(draft).registry, { partition, source, states })
  // The first one: of who it omits nothing is stored, and they can have tokens.
  const isFirst = claims.includes(ACCOUNT_CLAIM) && !covers.includes(ACCOUNT_CLAIM)
  if (isFirst) cutOff(draft, accepted, 'tenant', tenant)
  const ending = isWalk ? taking : null
  // A snapshot that states nothing here leaves what an earlier one covered.
  const done = {
    open: null,
    ended,
    held: false,
    covers: claims.length > 0 ? claims : covers,
    ending,
  }
  const feed = answers(draft, { source, states }) ? endHalt(held.feed) : held.feed
  putFeed(draft, { ...held, feed, statements: { ...held.statements, ...done } })
  draft.settledClaims = { subjects: wholes(policyOf(draft).registry, tenant), claims }
  logAccepted(draft, accepted, { outcome: 'applied', tightened: lost || tightened })
}

function takingFor(
  { state }: Draft,
  { at, arrival, change }: Accepted<SnapshotEnd>,
  { statements: { open, latest: begin, covers } }: HeldFeed,
): Omit<Taking, 'tightened'> {
  const { offset, appendedAtMs } = at
  const { contentHash, traceparent = null } = arrival
  const { id, occurredAtMs } = change
  const place = { e: state.e, offset, appendedAtMs, occurredAtMs }
  const end = { id, ...place, contentHash, traceparent }
  // An open statement was tested for before.
  const floor = open ?? change.sourceVersion
  return { phase: 'taking', end, begin, floor, covers, after: null, lost: false }
}
