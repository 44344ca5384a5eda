import { PARTITIONS, OWN_SOURCE, EVERY_TENANT } from '@freshet/protocol'
import type { PruneStore, EndingDenials, InForce } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Statement, Queryable } from '../connection/query.ts'
import { feedTransaction, lockFeed } from '../intake/feed-transaction.ts'
import { inTransaction } from '../connection/transaction.ts'

/**
 * At most $2 watermarks of the partitions $3 that were raised before $1, partition by partition
 * because that is how they are indexed. A row that is being raised anew is passed over,
 * and one that was raised in between is kept: its time is compared again.
 */
const pruneWatermarks: Statement = {
  name: 'prune-watermarks',
  text: `
    WITH old AS (
      SELECT scope_key FROM watermark WHERE partition = ANY($3::int[]) AND raised_at_ms < $1
      ORDER BY raised_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM watermark w USING old WHERE w.scope_key = old.scope_key AND w.raised_at_ms < $1`,
}

/** At most $2 parked records that neither arrived nor were decided since $1. */
const pruneQuarantined: Statement = {
  name: 'prune-parked',
  text: `
    DELETE FROM quarantine WHERE id IN (
      SELECT id FROM quarantine
      WHERE last_at_ms < $1 AND coalesce(decided_at_ms, 0) < $1
      ORDER BY last_at_ms LIMIT $2)`,
}

/** At most $2 parked records beyond the $1 of each reason that arrived last. */
const trimQuarantined: Statement = {
  name: 'prune-trim-parked',
  text: `
    DELETE FROM quarantine WHERE id IN (
      SELECT beyond.id
      FROM (SELECT DISTINCT code FROM quarantine) AS r (code)
      CROSS JOIN LATERAL (
        SELECT id FROM quarantine q WHERE q.code = r.code
        ORDER BY last_at_ms DESC, id OFFSET $1 LIMIT $2) AS beyond
      LIMIT $2)`,
}

/** At most $2 marks, the oldest first, of changes that were applied before $1; one that is in hand is passed over. */
const pruneMarks: Statement = {
  name: 'prune-marks',
  text: `
    DELETE FROM token_mark WHERE id IN (
      SELECT id FROM token_mark WHERE at_ms < $1 ORDER BY at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`,
}

/** At most $2 issuances whose tokens expired before $1. */
const pruneIssuances: Statement = {
  name: 'prune-issuances',
  text: `
    WITH old AS (
      SELECT jti FROM issuance WHERE exp_ms < $1
      ORDER BY exp_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM issuance i USING old WHERE i.jti = old.jti`,
}

/** At most $2 foreign tokens that expired before $1. */
const pruneForeignTokens: Statement = {
  name: 'prune-foreign-tokens',
  text: `
    WITH old AS (
      SELECT issuer, jti FROM foreign_token WHERE exp_ms < $1
      ORDER BY exp_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM foreign_token f USING old WHERE f.issuer = old.issuer AND f.jti = old.jti`,
}

/**
 * At most $2 feeds whose `through` is before $1 and whose tenant is none of $3 or whose source is none of $4.
 * One that is halted, or has an open statement or a walk, stays.
 */
const pruneFeeds: Statement = {
  name: 'prune-feeds',
  text: `
    WITH old AS (
      SELECT tenant, source, partition FROM feed
      WHERE through_ms < $1 AND NOT halted AND snapshot_epoch IS NULL AND ending IS NULL
        AND NOT (tenant = ANY($3::text[]) AND source = ANY($4::text[]))
      ORDER BY through_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM feed f USING old
    WHERE f.tenant = old.tenant AND f.source = old.source AND f.partition = old.partition`,
}

/** Values of {@link pruneFeeds}. */
function feedValues(
  { tenants, sources }: InForce,
  beforeMs: number,
  limit: number,
): readonly unknown[] {
  return [beforeMs, limit, tenants, [...sources, OWN_SOURCE]]
}

/** One index each: `denial_with_end_in_steps` and `denial_in_steps`. */
const OF_KIND: Readonly<Record<EndingDenials, string>> = {
  'ended-tokens': 'exp_ms IS NOT NULL',
  tokens: "exp_ms IS NULL AND kind = 'token'",
  sessions: "exp_ms IS NULL AND kind = 'session'",
}

/** At most $2 denials of a kind that were last recorded before $1. One that is recorded anew is kept. */
function pruneDenials(kind: EndingDenials): Statement {
  return {
    name: `prune-denials-${kind}`,
    text: `
      WITH old AS (
        SELECT denial_key FROM denial WHERE ${OF_KIND[kind]} AND recorded_at_ms < $1
        ORDER BY recorded_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
      DELETE FROM denial d USING old
      WHERE d.denial_key = old.denial_key AND d.recorded_at_ms < $1`,
  }
}

/**
 * At most $2 rows of the change log that were applied before $1, looked for among the first of each
 * of the partitions $3: offsets ascend with time, so no index over the time is needed. After a new
 * incarnation they begin anew, and what is older waits behind them for one more retention.
 */
const pruneChanges: Statement = {
  name: 'prune-changes',
  text: `
    WITH old AS (
      SELECT c.id, c.tenant, c.source, c.partition
      FROM unnest($3::int[]) AS p (partition) CROSS JOIN LATERAL (
        SELECT id, tenant, source, partition, applied_at_ms FROM change_log l
        WHERE l.partition = p.partition
        ORDER BY log_offset
        LIMIT ($2::bigint + cardinality($3::int[]) - 1) / cardinality($3::int[])) AS c
      WHERE c.applied_at_ms < $1
      ORDER BY c.applied_at_ms LIMIT $2::bigint)
    DELETE FROM change_log c USING old
    WHERE c.id = old.id AND c.tenant = old.tenant AND c.source = old.source
      AND c.partition = old.partition AND c.applied_at_ms < $1`,
}

/** Pruning in Postgres. */
export function postgresPruneStore(db: Database): PruneStore {
  const remove = async (statement: Statement, values: readonly unknown[]): Promise<number> =>
    (await db.query(statement, values)).count
  return {
    pruneWatermarks: (beforeMs, limit) => remove(pruneWatermarks, [beforeMs, limit, PARTITIONS]),
    pruneMarks: (beforeMs, limit) => remove(pruneMarks, [beforeMs, limit]),
    pruneChanges: (beforeMs, limit) => remove(pruneChanges, [beforeMs, limit, PARTITIONS]),
    pruneIssuances: (beforeMs, limit) => remove(pruneIssuances, [beforeMs, limit]),
    pruneForeignTokens: (beforeMs, limit) => remove(pruneForeignTokens, [beforeMs, limit]),
    pruneQuarantined: (beforeMs, limit) => remove(pruneQuarantined, [beforeMs, limit]),
    trimQuarantined: (keep, limit) => remove(trimQuarantined, [keep, limit]),
    pruneDenials: (kind, beforeMs, limit) => remove(pruneDenials(kind), [beforeMs, limit]),
    pruneFeeds: (inForce, ...age) => remove(pruneFeeds, feedValues(inForce, ...age)),
    pruneStamps: (beforeMs, limit) => pruneStamps(db, { own: false, beforeMs, limit }),
    pruneOwnStamps: (beforeMs, limit) => pruneStamps(db, { own: true, beforeMs, limit }),
  }
}

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
async function pruneStamps(db: Database, { own, beforeMs, limit }: OldStamps): Promise<number> {
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
  const { rows } = await tx.query<{ epoch: bigint }>(lockFeed, [tenant, source])
  const stamps = feedTransaction(tx, feed, rows[0]?.epoch ?? 0n)
  await stamps.freeSequences(1)
  await stamps.freeNumbers(new Map(PARTITIONS.map((partition) => [partition, 1])))
  return (await tx.query(deleteStamps, [tenant, source, beforeMs, limit])).count
}
