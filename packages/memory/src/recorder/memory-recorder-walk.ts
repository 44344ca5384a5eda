import {
  accountAsClaim,
  compareCursors,
  CONTROL_PARTITION,
  isOlder,
  isWalking,
  NO_STATEMENTS,
  NOTHING_REMOVED,
  subjectKey,
  takingOf,
  valuesInForce,
  type HeldFeed,
  type RemovalSize,
  type WalkCursor,
  type WalkedClaims,
} from '@freshet/protocol'
import type { WalkStep } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import type { MemoryLoadContext } from './memory-recorder-context.ts'
import type { ClaimStateRow, FeedRow } from '../memory-rows.ts'

/** Returns the next claims of a walk. */
export function walkMemoryClaims(context: MemoryLoadContext, step: WalkStep): WalkedClaims {
  const { source, claims, floor, limits } = step
  const rows = claimsBehind(context, step)
  const page = rows.slice(0, limits.read)
  const own = page.filter(({ claim }) => claims.includes(claim))
  const older = own.filter((row) => isOlder(row, source, { floor }))
  const read = rows.length > page.length ? cursorOf(page.at(-1)) : null
  const omitted = older.slice(0, limits.take)
  const taken = older.length > omitted.length ? cursorOf(omitted.at(-1)) : read
  const size = step.counts ? sizeOf(own, older) : NOTHING_REMOVED
  return { size, read, omitted, taken }
}

function sizeOf(own: readonly ClaimStateRow[], older: readonly ClaimStateRow[]): RemovalSize {
  const isIn = (row: ClaimStateRow): boolean => valuesInForce(row.state).length > 0
  const losing = older.filter(isIn)
  const subjects = new Set(losing.map(({ subject }) => subjectKey(subject)))
  return {
    claims: own.filter(isIn).length,
    losing: losing.length,
    subjects: subjects.size,
    older: older.length,
  }
}

/** The stored claims of a partition and tenant behind a place; in the control partition the accounts. */
export function claimsBehind(
  { database, partition }: MemoryLoadContext,
  { tenant, after }: Pick<WalkStep, 'tenant' | 'after'>,
): readonly ClaimStateRow[] {
  const accounts = database.accounts
    .values()
    .map((held) => ({ ...accountAsClaim(held), partition }))
  const claims = database.claimStates.values().filter((row) => row.partition === partition)
  return (partition === CONTROL_PARTITION ? accounts : claims)
    .filter((row) => row.subject.tenant === tenant)
    .filter((row) => after === null || compareCursors(cursorOf(row), after) > 0)
    .sort((a, b) => compareCursors(cursorOf(a), cursorOf(b)))
}

export function cursorOf(row: ClaimStateRow): WalkCursor
export function cursorOf(row: ClaimStateRow | undefined): WalkCursor | null
export function cursorOf(row: ClaimStateRow | undefined): WalkCursor | null {
  return row === undefined ? null : { subject: subjectKey(row.subject), claim: row.claim }
}

/** Returns all feeds of a partition with a walk that is not finished. */
export function walkingMemoryFeeds({
  database,
  partition,
}: MemoryLoadContext): readonly HeldFeed[] {
  return walkingRows(database)
    .filter((row) => row.partition === partition)
    .map(heldFeedOf)
}

/** Returns the first of these feeds. */
export function walkingFeed(context: MemoryLoadContext): HeldFeed | undefined {
  return walkingMemoryFeeds(context)[0]
}

/** Returns the partitions with such a feed. */
export function walkedPartitions(database: MemoryDatabase): readonly number[] {
  return [...new Set(walkingRows(database).map(({ partition }) => partition))].sort((a, b) => a - b)
}

/** Returns a stored feed in the types of the protocol. */
export function heldFeedOf(row: FeedRow): HeldFeed {
  const { tenant, source, feed, statements = NO_STATEMENTS, removals } = row
  return { tenant, source, feed, statements, ...(removals === undefined ? {} : { removals }) }
}

function walkingRows(database: MemoryDatabase): readonly FeedRow[] {
  const rank = ({ statements }: FeedRow): number => (takingOf(statements ?? NO_STATEMENTS) ? 0 : 1)
  return database.feeds
    .values()
    .filter(({ statements }) => statements && isWalking(statements))
    .sort((a, b) => rank(a) - rank(b))
}
