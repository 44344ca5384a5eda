import { EVERY_TENANT, OWN_SOURCE, PARTITIONS } from '@freshet/protocol'
import { feedTransaction } from '../intake/feed-transaction.ts'
import { lockFeed } from '../intake/lock-feed.ts'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'

/**
 * Feeds that have a stamp which was given before $2: those of our own source ($1) or, by $3, of all others.
 * The feed of activations, which are of every tenant ($4), is never among them.
 */
const selectFeeds: Statement = {
  name: 'prune-select-feeds',
  text: `
    SELECT f.tenant, f.source
    FROM (SELECT tenant, source FROM stamp_feed UNION SELECT tenant, source FROM feed) AS f
    WHERE (f.source = $1) = $3::boolean AND f.tenant <> $4 AND EXISTS (
      SELECT FROM stamp s WHERE s.tenant = f.tenant AND s.source = f.source
        AND s.created_at < to_timestamp($2::float8 / 1000) AND s.created_at > '-infinity')`,
}

/** At most $4 stamps of a feed ($1, $2), given before $3, on which nothing rests any more. */
const deleteStamps: Statement = {
  name: 'prune-delete-stamps',
  text: `
    WITH old AS (
      SELECT s.id, s.partition
      FROM stamp s
      JOIN stamp_feed f ON f.tenant = s.tenant AND f.source = s.source
      JOIN stamp_free n ON n.tenant = s.tenant AND n.source = s.source AND n.partition = s.partition
      WHERE s.tenant = $1 AND s.source = $2 AND s.created_at < to_timestamp($3::float8 / 1000)
        AND s.created_at > '-infinity' AND s.acknowledged AND s.number < n.number
        AND (s.sequence IS NULL OR s.sequence < f.next_sequence)
        AND EXISTS (
          SELECT FROM stamp o WHERE o.tenant = s.tenant AND o.source = s.source
            AND o.partition = s.partition AND o.number > s.number AND o.number >= 0)
      ORDER BY s.created_at LIMIT $4 FOR UPDATE OF s SKIP LOCKED)
    DELETE FROM stamp s USING old
    WHERE s.tenant = $1 AND s.source = $2 AND s.id = old.id AND s.partition = old.partition`,
}

/** Which stamps go, and at most how many at once. */
interface OldStamps {
  /** Those of our own source, or those of all others. */
  readonly own: boolean
  readonly beforeMs: number
  readonly limit: number
}

/** Feed by feed, each in a transaction of its own under the lock that its gateways take turns by. */
export async function pruneStamps(
  db: Database,
  { own, beforeMs, limit }: OldStamps,
): Promise<number> {
  const values = [OWN_SOURCE, beforeMs, own, EVERY_TENANT]
  const { rows: feeds } = await db.query<FeedRow>(selectFeeds, values)
  let removed = 0
  for (const feed of feeds) {
    if (removed >= limit) break
    removed += await inTransaction(db, {}, (tx) =>
      pruneFeed(tx, feed, { beforeMs, limit: limit - removed }),
    )
  }
  return removed
}

interface FeedRow {
  readonly tenant: string
  readonly source: string
}

/** Looking for what is free remembers it, also for a source that no gateway has numbered yet. */
async function pruneFeed(
  tx: Queryable,
  feed: FeedRow,
  { beforeMs, limit }: { readonly beforeMs: number; readonly limit: number },
): Promise<number> {
  const { tenant, source } = feed
  await tx.query(lockFeed, [tenant, source])
  const stamps = feedTransaction(tx, feed)
  await stamps.freeSequences(1)
  await stamps.freeNumbers(new Map(PARTITIONS.map((partition) => [partition, 1])))
  return (await tx.query(deleteStamps, [tenant, source, beforeMs, limit])).count
}
