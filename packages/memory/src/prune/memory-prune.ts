import { denialKey, EVERY_TENANT, OWN_SOURCE } from '@freshet/protocol'
import type { Feed } from '@freshet/intake'
import type { EndingDenials, InForce, PruneStore } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import { ofFeed, stampKey } from '../intake/memory-intake.ts'
import { translated } from '../translated.ts'
import type { DenialRow, FeedRow, StampFloorRow, StampRow } from '../memory-rows.ts'
import { raiseStampFloor } from '../intake/memory-stamp-floors.ts'
import type { MemoryTable } from '../memory-table.ts'

/** Creates the store of pruning in process. */
export function memoryPruneStore(database: MemoryDatabase): PruneStore {
  const alone = (work: () => number): Promise<number> =>
    translated(() => database.transaction(() => Promise.resolve(work())))
  const { watermarks, changeLog, issuances, foreignTokens, quarantine, denials } = database
  return {
    pruneWatermarks: (beforeMs, limit) =>
      alone(() =>
        removeOldest(watermarks, { beforeMs, limit }, (row) => [row.raisedAtMs, row.scopeKey]),
      ),
    pruneMarks: (...age) => alone(() => removeMarks(database, ...age)),
    pruneChanges: (beforeMs, limit) =>
      alone(() =>
        removeOldest(changeLog, { beforeMs, limit }, (row) => [
          row.appliedAtMs,
          JSON.stringify([row.tenant, row.source, row.id, row.partition]),
        ]),
      ),
    pruneIssuances: (beforeMs, limit) =>
      alone(() => removeOldest(issuances, { beforeMs, limit }, (row) => [row.expMs, row.jti])),
    pruneForeignTokens: (beforeMs, limit) =>
      alone(() =>
        removeOldest(foreignTokens, { beforeMs, limit }, ({ issuer, jti, expMs }) => [
          expMs,
          JSON.stringify([issuer, jti]),
        ]),
      ),
    pruneQuarantined: (beforeMs, limit) =>
      alone(() =>
        removeOldest(quarantine, { beforeMs, limit }, ({ id, last, decided }) => [
          Math.max(last.atMs, decided?.atMs ?? 0),
          id,
        ]),
      ),
    trimQuarantined: (keep, limit) => alone(() => trimQuarantined(database, keep, limit)),
    pruneFeeds: (...which) => alone(() => removeFeeds(database, ...which)),
    pruneStamps: (beforeMs, limit) =>
      alone(() => removeStamps(database, { own: false, beforeMs, limit })),
    pruneOwnStamps: (beforeMs, limit) =>
      alone(() => removeStamps(database, { own: true, beforeMs, limit })),
    pruneDenials: (kind, beforeMs, limit) =>
      alone(() =>
        removeOldest(denials, { beforeMs, limit }, (row) => [
          sortOf(row) === kind ? row.recordedAtMs : Infinity,
          denialKey({ ...row, id: row.target }),
        ]),
      ),
  }
}

function sortOf({ kind, expMs }: DenialRow): EndingDenials | undefined {
  if (expMs !== undefined) return 'ended-tokens'
  if (kind === 'token') return 'tokens'
  return kind === 'session' ? 'sessions' : undefined
}

function removeMarks({ tokenMarks }: MemoryDatabase, beforeMs: number, limit: number): number {
  return removeOldest(tokenMarks, { beforeMs, limit }, ({ atMs, id }) => [atMs, `${id}`])
}

function removeFeeds(
  { feeds }: MemoryDatabase,
  inForce: InForce,
  beforeMs: number,
  limit: number,
): number {
  return removeOldest(feeds, { beforeMs, limit }, (row) => [
    isLacking(row, inForce) ? (row.feed.throughMs ?? Infinity) : Infinity,
    JSON.stringify([row.tenant, row.source, row.partition]),
  ])
}

/** Returns whether the policy in force does not contain a feed, and the feed is in order. */
function isLacking(
  { tenant, source, feed, statements }: FeedRow,
  { tenants, sources }: InForce,
): boolean {
  const isInForce = tenants.includes(tenant) && [...sources, OWN_SOURCE].includes(source)
  const isAtWork = feed.halted || (statements?.open ?? statements?.ending ?? null) !== null
  return !isInForce && !isAtWork
}

interface Old {
  readonly beforeMs: number
  readonly limit: number
}

function removeOldest<Row>(
  table: MemoryTable<Row>,
  { beforeMs, limit }: Old,
  agedKey: (row: Row) => readonly [atMs: number, key: string],
): number {
  const old = table
    .values()
    .map(agedKey)
    .filter(([atMs]) => atMs < beforeMs)
    .sort(([a], [b]) => a - b)
    .slice(0, limit)
  for (const [, key] of old) table.delete(key)
  return old.length
}

function trimQuarantined({ quarantine }: MemoryDatabase, keep: number, limit: number): number {
  const newestFirst = quarantine.values().toSorted((a, b) => b.last.atMs - a.last.atMs)
  const kept = new Map<string, number>()
  const beyond = newestFirst.filter(({ code }) => {
    const count = (kept.get(code) ?? 0) + 1
    kept.set(code, count)
    return count > keep
  })
  const gone = beyond.slice(0, limit)
  for (const { id } of gone) quarantine.delete(id)
  return gone.length
}

function removeStamps(
  database: MemoryDatabase,
  { own, beforeMs, limit }: Old & { readonly own: boolean },
): number {
  const old = feedsOf(database, own).flatMap((feed) => {
    const rows = ofFeed(database, feed)
    const floor = raiseStampFloor(database, feed, rows)
    return rows.filter((row) => row.createdAtMs < beforeMs && isSpent(row, floor, rows))
  })
  const oldest = old.sort((a, b) => a.createdAtMs - b.createdAtMs).slice(0, limit)
  for (const row of oldest) database.stamps.delete(stampKey(row, row.id, row.partition))
  return oldest.length
}

/**
 * Returns the feeds of our own source, or of all others. The feed of activations belongs to every tenant and
 * is in neither list.
 */
function feedsOf({ stamps }: MemoryDatabase, own: boolean): readonly Feed[] {
  const feeds = new Map<string, Feed>()
  for (const { tenant, source } of stamps.values())
    if ((source === OWN_SOURCE) === own && tenant !== EVERY_TENANT)
      feeds.set(JSON.stringify([tenant, source]), { tenant, source })
  return [...feeds.values()]
}

/** Returns whether a stamp is needed only for the answer to a late retry. */
function isSpent(row: StampRow, floor: StampFloorRow, rows: readonly StampRow[]): boolean {
  const { number, sequence, partition, acknowledged } = row
  return (
    acknowledged &&
    number < (floor.nextNumbers.get(partition) ?? 1n) &&
    (sequence === null || sequence < floor.nextSequence) &&
    rows.some((other) => other.partition === partition && other.number > number)
  )
}
