import type {
  Feed,
  MissedCount,
  MissedQuestion,
  RefusedAt,
  SourceViewStore,
  ContradictedAt,
  ContradictedCount,
} from '@freshet/intake'
import type { Queryable, Statement } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'
import { toFeedState, toStatements, type StatementsRow } from '../recorder/rows/feed-rows.ts'

/** The refused records of a feed ($1, $2), by partition. */
const selectRefusals: Statement = {
  name: 'intake-select-refusals',
  text: `
    SELECT partition, count, latest FROM feed_refusal
    WHERE tenant = $1 AND source = $2 ORDER BY partition`,
}

/** The reconciler's state of a feed ($1, $2), by partition. */
const selectRecordedFeeds: Statement = {
  name: 'intake-select-recorded-feeds',
  text: `
    SELECT partition, complete, beyond, through_ms, halted, ahead_ms, snapshot_epoch, snapshot_n,
      border_epoch, border_n, statement, ended, held, compared, covers, ending, states
    FROM feed
    WHERE tenant = $1 AND source = $2 ORDER BY partition`,
}

/**
 * The times from commit at the source to append at the broker, of the latest $3 events of a feed ($1, $2).
 * They are found by their stamps: the change log has no order by feed, and needs none for anything else. An
 * unreadable record has no time of its own.
 */
const selectLatencies: Statement = {
  name: 'intake-select-latencies',
  text: `
    SELECT c.appended_at_ms - c.occurred_at_ms AS ms
    FROM (
      SELECT id, partition, created_at FROM stamp
      WHERE tenant = $1 AND source = $2 AND created_at > '-infinity'
      ORDER BY created_at DESC LIMIT $3
    ) AS s
    JOIN change_log c ON c.id = s.id AND c.tenant = $1 AND c.source = $2 AND c.partition + 0 = s.partition
    WHERE c.kind <> 'unreadable'
    ORDER BY c.appended_at_ms DESC`,
}

/** The recorded state of feeds in Postgres. */
export function postgresSourceViewStore(db: Tenants): SourceViewStore {
  return {
    feeds: async ({ tenant, source }) => {
      const { rows } = await db
        .ofTenant(tenant)
        .query<FeedRow & Record<string, unknown>>(selectRecordedFeeds, [tenant, source])
      return rows.map(({ partition, ...row }) => {
        return { partition, feed: toFeedState(row), statements: toStatements(row) }
      })
    },
    givenMs: async ({ tenant, source }) => {
      const { rows } = await db.ofTenant(tenant).query<{ ms: bigint | null }>(selectGiven, [source])
      return Number(rows[0]?.ms ?? 0)
    },
    latencies: async ({ tenant, source }, limit) => {
      const { rows } = await db
        .ofTenant(tenant)
        .query<{ ms: bigint }>(selectLatencies, [tenant, source, limit])
      return rows.map(({ ms }) => Number(ms))
    },
    missed: async (feed, question) => {
      const { rows } = await db
        .ofTenant(feed.tenant)
        .query<Record<keyof MissedCount, bigint>>(countMissed, missedParameters(feed, question))
      return { removals: Number(rows[0]?.removals ?? 0), grants: Number(rows[0]?.grants ?? 0) }
    },
    missedList: async (feed, question, limit) => {
      const values = [...missedParameters(feed, question), limit]
      const { rows } = await db.ofTenant(feed.tenant).query<MissedRow>(selectMissed, values)
      return rows.map(({ subject, claim, change, removed, gained }) => {
        return { subject, claim, change, isRemoval: removed, isGrant: gained }
      })
    },
    contradictions: (feed, limit) => contradictionsOf(db.ofTenant(feed.tenant), feed, limit),
    omittedAccounts: async ({ tenant, source }) => {
      const { rows } = await db
        .ofTenant(tenant)
        .query<{ accounts: bigint }>(countOmitted, [tenant, source])
      return Number(rows[0]?.accounts ?? 0)
    },
    refused: (feed) => refused(db.ofTenant(feed.tenant), feed),
  }
}

function missedParameters(
  { tenant, source }: Feed,
  { sinceMs, statement }: MissedQuestion,
): readonly unknown[] {
  return [tenant, source, sinceMs, statement ?? null]
}

interface MissedRow extends Record<string, unknown> {
  readonly subject: string
  readonly claim: string
  readonly change: string
  readonly removed: boolean
  readonly gained: boolean
}

type FeedRow = StatementsRow & Parameters<typeof toFeedState>[0] & { readonly partition: number }

interface RefusalRow {
  readonly partition: number
  readonly count: bigint
  readonly latest: readonly (Omit<RefusedAt, 'offset' | 'partition'> & { offset: string })[]
}

async function refused(
  db: Queryable,
  { tenant, source }: Feed,
): ReturnType<SourceViewStore['refused']> {
  const { rows } = await db.query<RefusalRow & Record<string, unknown>>(selectRefusals, [
    tenant,
    source,
  ])
  const latest = rows.flatMap((row) =>
    row.latest.map(({ offset, ...one }) => ({
      ...one,
      offset: BigInt(offset),
      partition: row.partition,
    })),
  )
  return {
    count: rows.reduce((sum, { count }) => sum + Number(count), 0),
    latest: latest.toSorted((a, b) => b.atMs - a.atMs),
  }
}

/** Returns the time of the activation that last gave a source ($1) something to state. */
const selectGiven: Statement = {
  name: 'intake-select-given',
  text: `SELECT max((given ->> $1)::bigint) AS ms FROM progress`,
}

/** Counts the accounts that the last snapshot of accounts of a feed ($1, $2) omitted. */
const countOmitted: Statement = {
  name: 'intake-count-omitted',
  text: `
    SELECT count(*) AS accounts FROM account_state
    WHERE tenant = $1 AND source = $2 AND omitted AND state = 'disabled'`,
}

/**
 * The number of subjects about which each pair of sources differs, in a tenant ($1), with $2 as one of them.
 */
const countContradictions: Statement = {
  name: 'intake-count-contradictions',
  text: `
    SELECT claim, source, corroborates, count(*) AS subjects FROM contradiction
    WHERE tenant = $1 AND (source = $2 OR corroborates = $2)
    GROUP BY claim, source, corroborates ORDER BY claim`,
}

/** The newest $3 of them. */
const selectContradictions: Statement = {
  name: 'intake-select-contradictions',
  text: `
    SELECT subject, claim, source, source_epoch, source_n, corroborates, witness_epoch, witness_n,
      change, since_ms
    FROM contradiction WHERE tenant = $1 AND (source = $2 OR corroborates = $2)
    ORDER BY since_ms DESC, subject, claim LIMIT $3`,
}

interface ContradictionRow extends Record<string, unknown> {
  readonly subject: string
  readonly claim: string
  readonly source: string
  readonly source_epoch: bigint
  readonly source_n: bigint
  readonly corroborates: string
  readonly witness_epoch: bigint
  readonly witness_n: bigint
  readonly change: string
  readonly since_ms: bigint
}

/** The contradictions of a source and another one; see `SourceViewStore`. */
async function contradictionsOf(
  db: Queryable,
  { tenant, source }: Feed,
  limit: number,
): Promise<{
  readonly counts: readonly ContradictedCount[]
  readonly latest: readonly ContradictedAt[]
}> {
  const [counted, listed] = await Promise.all([
    db.query<Record<string, unknown> & Omit<ContradictedCount, 'subjects'> & { subjects: bigint }>(
      countContradictions,
      [tenant, source],
    ),
    db.query<ContradictionRow>(selectContradictions, [tenant, source, limit]),
  ])
  return {
    counts: counted.rows.map(({ claim, source: owner, corroborates, subjects }) => {
      return { claim, source: owner, corroborates, subjects: Number(subjects) }
    }),
    latest: listed.rows.map(toContradictedAt),
  }
}

function toContradictedAt(row: ContradictionRow): ContradictedAt {
  return {
    subject: row.subject,
    claim: row.claim,
    owner: { source: row.source, version: { epoch: row.source_epoch, n: row.source_n } },
    witness: { source: row.corroborates, version: { epoch: row.witness_epoch, n: row.witness_n } },
    change: row.change,
    sinceMs: Number(row.since_ms),
  }
}

/**
 * Rows of differences that snapshots found. The withdrawal of a value, and the deletion of a subject,
 * announce their differences themselves.
 */
export const MISSED = `
  SELECT m.tenant, m.source, m.subject, m.claim, m.change, m.statement, m.at_ms, m.gained,
    EXISTS (
      SELECT FROM jsonb_array_elements_text(m.lost) AS gone (value)
      WHERE NOT EXISTS (
        SELECT FROM withdrawn_value w
        WHERE w.tenant = m.tenant AND w.claim = m.claim AND w.value = gone.value)
    ) AS removed
  FROM missed_change m
  WHERE NOT EXISTS (
    SELECT FROM account_state a WHERE a.subject = m.subject AND a.deleted_epoch >= 0)`

/** A condition: missed changes of a feed ($1, $2) since $3, found by the snapshot $4 or, if that is null, by any. */
const WANTED = `tenant = $1 AND source = $2 AND at_ms >= $3
      AND ($4::text IS NULL OR statement = $4)`

/** The number of such rows. */
const countMissed: Statement = {
  name: 'intake-count-missed',
  text: `
    SELECT count(*) FILTER (WHERE removed) AS removals, count(*) FILTER (WHERE gained) AS grants
    FROM (${MISSED}) AS found WHERE ${WANTED}`,
}

/** The first $5 of them. */
const selectMissed: Statement = {
  name: 'intake-select-missed',
  text: `
    SELECT subject, claim, change, removed, gained FROM (${MISSED}) AS found
    WHERE ${WANTED} AND (removed OR gained) ORDER BY subject, claim LIMIT $5`,
}
