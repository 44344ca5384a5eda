import type { FeedQuestion, FeedTally, PartitionTally } from '@freshet/intake'
import type { Statement, Queryable } from '../connection/query.ts'
import { columnsOf, int8s, texts } from '../rows/columns.ts'
import type { Database } from '../connection/pool.ts'
import { inTransaction } from '../connection/transaction.ts'

/**
 * Locks the feeds of a source ($1) and these tenants ($2) until the end of the transaction, but those that are locked.
 * It is planned each time, as are the tallies: by a plan that was made while the tables were empty they read all
 * rows of the source.
 */
export const lockFreeFeeds: Statement = {
  name: 'intake-lock-free-feeds',
  planEach: true,
  text: `
    SELECT tenant, epoch FROM stamp_feed WHERE tenant = ANY ($2::text[]) AND source = $1
    FOR UPDATE SKIP LOCKED`,
}

/**
 * The tallies of `selectTally` for many feeds of a source ($1), by tenant ($2), sequence ($3; null: all) and
 * partition ($4). The transaction holds the locks of the feeds.
 */
export const selectTallies: Statement = {
  name: 'intake-select-tallies',
  planEach: true,
  text: `
    WITH asked AS (
      SELECT m.tenant, m.up_to, p.partition, coalesce(f.waits_from, 1) AS waits_from
      FROM unnest($2::text[], $3::bigint[]) AS m (tenant, up_to)
      CROSS JOIN unnest($4::int[]) AS p (partition)
      LEFT JOIN stamp_free f
        ON f.tenant = m.tenant AND f.source = $1 AND f.partition = p.partition
    )
    SELECT a.tenant, a.partition,
      coalesce((
        SELECT number FROM stamp s
        WHERE s.tenant = a.tenant AND s.source = $1 AND s.partition = a.partition
          AND s.number >= 0
        ORDER BY number DESC LIMIT 1
      ), 0) AS last,
      EXISTS (
        SELECT FROM waiting_record w
        WHERE w.tenant = a.tenant AND w.source = $1 AND w.partition = a.partition
          AND w.number >= a.waits_from
          AND (a.up_to IS NULL OR w.sequence IS NULL OR w.sequence <= a.up_to)
      ) AS unacknowledged
    FROM asked a`,
}

/**
 * The first sequence without a stamp, from the remembered one on, which is moved there: `selectFreeSequences` for
 * many feeds of a source ($1), by tenant ($2). The transaction holds the locks of the feeds.
 */
export const selectNextSequences: Statement = {
  name: 'intake-select-next-sequences',
  planEach: true,
  text: `
    WITH known AS (
      SELECT f.tenant, f.next_sequence AS first FROM stamp_feed f
      WHERE f.tenant = ANY ($2::text[]) AND f.source = $1
    ), free AS (
      SELECT k.tenant, f.sequence
      FROM known k CROSS JOIN LATERAL (
        SELECT candidate AS sequence
        FROM generate_series(k.first, k.first + (
          SELECT count(*) FROM stamp s
          WHERE s.tenant = k.tenant AND s.source = $1 AND s.sequence >= k.first
        )) AS candidate
        WHERE NOT EXISTS (
          SELECT FROM stamp s
          WHERE s.tenant = k.tenant AND s.source = $1 AND s.sequence = candidate
            AND s.sequence >= k.first
        )
        ORDER BY candidate LIMIT 1
      ) AS f
    ), moved AS (
      UPDATE stamp_feed AS f SET next_sequence = free.sequence FROM free
      WHERE f.tenant = free.tenant AND f.source = $1 AND f.next_sequence < free.sequence
    )
    SELECT tenant, sequence FROM free`,
}

/** Which feeds, and what of them. */
interface TallyRequest {
  readonly source: string
  readonly feeds: readonly FeedQuestion[]
  readonly partitions: readonly number[]
}

/**
 * Tallies feeds of several tenants in one transaction, so `everyone` works across tenants. The rows of other tenants
 * than those that are named are neither read nor locked. A feed without a row is left out like one that is
 * locked: an insert would wait for another insert of the same row.
 */
export function tallyFree(
  everyone: Database,
  request: TallyRequest,
): Promise<readonly FeedTally[]> {
  const { source, feeds, partitions } = request
  return inTransaction(everyone, {}, async (tx) => {
    const names = feeds.map(({ tenant }) => tenant)
    const { rows } = await tx.query<LockedFeed>(lockFreeFeeds, [source, names])
    // Statements that begin now see the commits of the earlier holders of the locks.
    const epochs = new Map(rows.map(({ tenant, epoch }) => [tenant, epoch]))
    const locked = feeds.filter((each) => epochs.has(each.tenant))
    const tallied = await tallies(tx, { source, partitions, feeds: locked })
    return tallied.map((each) => ({ ...each, epoch: epochs.get(each.tenant) ?? 0n }))
  })
}

interface LockedFeed extends Record<string, unknown> {
  readonly tenant: string
  readonly epoch: bigint
}

interface TallyRow extends PartitionTally {
  readonly tenant: string
}

async function tallies(
  tx: Queryable,
  { source, feeds, partitions }: TallyRequest,
): Promise<readonly Omit<FeedTally, 'epoch'>[]> {
  const columns = columnsOf(feeds, [
    texts(({ tenant }) => tenant),
    int8s(({ sequence }) => sequence ?? null),
  ])
  const [next, tally] = await Promise.all([
    tx.query<{ tenant: string; sequence: bigint }>(selectNextSequences, [source, columns[0]]),
    tx.query<TallyRow>(selectTallies, [source, ...columns, partitions]),
  ])
  const byTenant = new Map<string, PartitionTally[]>()
  for (const { tenant, ...row } of tally.rows) {
    const of = byTenant.get(tenant) ?? []
    of.push(row)
    byTenant.set(tenant, of)
  }
  return next.rows.map(({ tenant, sequence }) => {
    return { tenant, next: sequence, partitions: byTenant.get(tenant) ?? [] }
  })
}
