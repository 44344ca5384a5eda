import type { Feed, MissedCount, MissedQuestion, RefusedAt, SourceViewStore } from '@freshet/intake'
import type { Queryable, Statement } from '../../connection/query.ts'
import type { Tenants } from '../../connection/tenant.ts'
import { toFeedState, toStatements, type StatementsRow } from '../../recorder/rows/feed-rows.ts'
import { contradictionsOf } from './select-contradictions.ts'
import { countMissed, selectMissed } from './select-missed.ts'

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
        .query<Record<keyof MissedCount, bigint>>(countMissed, askedOf(feed, question))
      return { removals: Number(rows[0]?.removals ?? 0), grants: Number(rows[0]?.grants ?? 0) }
    },
    missedList: async (feed, question, limit) => {
      const values = [...askedOf(feed, question), limit]
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

function askedOf(
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
