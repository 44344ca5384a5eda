import {
  ACCOUNT_CLAIM,
  CONTROL_PARTITION,
  NOTHING_REMOVED,
  subjectKey,
  type HeldClaim,
  type HeldFeed,
  type RemovalSize,
  type WalkCursor,
  type WalkedClaims,
} from '@freshet/protocol'
import type { WalkStep } from '@freshet/reconciler'
import type { Queryable, Statement } from '../connection/query.ts'
import { subjectOf, toHeldClaim, type ClaimRow } from './rows/claim-rows.ts'
import { FEED_COLUMNS, toHeldFeed, type StoredFeed } from './rows/feed-rows.ts'

/**
 * The stored claims of partition $1 and tenant $2, and in the control partition the accounts in the same form. The order
 * by subject and claim, both `COLLATE "C"`, is that of an index.
 */
export const storedOf = (isControl: boolean): string =>
  isControl
    ? `(SELECT a.subject, '${ACCOUNT_CLAIM}'::text AS claim, a.tenant, coalesce(a.source, '') AS source,
          a.epoch AS floor_epoch, a.n AS floor_n,
          jsonb_build_object(
            to_json(CASE WHEN a.omitted AND a.state = 'disabled' THEN 'unstated' ELSE a.state END)::text,
            jsonb_build_array(a.epoch::text, a.n::text, a.state = 'enabled')) AS elements
        FROM account_state a
        -- Without those that were erased.
        WHERE a.tenant = $2 AND $1::int = ${CONTROL_PARTITION} AND starts_with(a.subject, '['))`
    : `(SELECT * FROM claim_state s WHERE s.partition = $1 AND s.partition >= 0 AND s.tenant = $2)`

/**
 * The next $9 claims of a tenant ($2) in a partition ($1) behind a subject ($7) and a claim ($8); which of them have
 * one of the names $4, and of those, which are of another source than $3 or below the version $5, $6.
 */
const pageOf = (isControl: boolean): string => `
    page AS MATERIALIZED (
      SELECT c.*, c.claim = ANY($4::text[]) AS is_own,
        c.source <> $3 OR (c.floor_epoch, c.floor_n) < ($5::bigint, $6::bigint) AS is_older
      FROM ${storedOf(isControl)} c
      WHERE (c.subject COLLATE "C", c.claim COLLATE "C") > ($7::text, $8::text)
      ORDER BY c.subject COLLATE "C", c.claim COLLATE "C"
      LIMIT $9)`

/** The size of such a page, and its last claim. */
const countPage = (isControl: boolean): Statement => ({
  name: `recorder-count-walked${isControl ? '-accounts' : ''}`,
  planEach: true,
  text: `
    WITH ${pageOf(isControl)}, own AS (
      SELECT subject, is_older,
        elements @? '$.*[2] ? (@ == true)' AS is_in
      FROM page WHERE is_own)
    SELECT (SELECT count(*) FROM page) AS rows,
      count(*) FILTER (WHERE is_in) AS claims,
      count(*) FILTER (WHERE is_in AND is_older) AS losing,
      count(DISTINCT subject) FILTER (WHERE is_in AND is_older) AS subjects,
      count(*) FILTER (WHERE is_older) AS older,
      (SELECT json_build_array(subject, claim) FROM page
        ORDER BY subject COLLATE "C" DESC, claim COLLATE "C" DESC LIMIT 1) AS last
    FROM own`,
})

/** The last claim of such a page, found by the index alone; none: the page is not full. $5: its size less one. */
const selectPageEnd = (isControl: boolean): Statement => ({
  name: `recorder-select-page-end${isControl ? '-accounts' : ''}`,
  planEach: true,
  text: `
    SELECT c.subject, c.claim
    FROM ${storedOf(isControl)} c
    WHERE (c.subject COLLATE "C", c.claim COLLATE "C") > ($3::text, $4::text)
    ORDER BY c.subject COLLATE "C", c.claim COLLATE "C"
    OFFSET $5 LIMIT 1`,
})

/** The first $10 of its claims that are of another source or below the version. */
const selectPage = (isControl: boolean): Statement => ({
  name: `recorder-select-walked${isControl ? '-accounts' : ''}`,
  planEach: true,
  text: `
    WITH ${pageOf(isControl)}
    SELECT subject, claim, source, floor_epoch, floor_n, elements::text
    FROM page
    WHERE is_own AND is_older
    ORDER BY subject COLLATE "C", claim COLLATE "C"
    LIMIT $10`,
})

/** The three statements for accounts and for claims. */
const ACCOUNTS = { count: countPage(true), end: selectPageEnd(true), page: selectPage(true) }
const CLAIMS = { count: countPage(false), end: selectPageEnd(false), page: selectPage(false) }

function statements({ partition }: WalkContext): typeof CLAIMS {
  return partition === CONTROL_PARTITION ? ACCOUNTS : CLAIMS
}

/** `isWalking` of the feed `f`. */
const IS_WALKING = `(f.ending ->> 'phase' = 'taking' OR (f.snapshot_epoch IS NOT NULL AND NOT f.held
      AND (f.ending IS NULL OR f.ending ->> 'after' IS NOT NULL)))`

/** Feeds of a partition ($1) whose walk is to go on, at most $2; first those that take away. */
const selectWalking: Statement = {
  name: 'recorder-select-walking',
  text: `
    SELECT ${FEED_COLUMNS}
    FROM feed f
    WHERE f.partition = $1 AND ${IS_WALKING}
    ORDER BY f.ending ->> 'phase' = 'taking' DESC NULLS LAST, f.tenant, f.source
    LIMIT $2`,
}

/** Partitions that have such a feed. */
export const selectWalkedPartitions: Statement = {
  name: 'recorder-select-walked-partitions',
  text: `SELECT DISTINCT f.partition FROM feed f WHERE ${IS_WALKING} ORDER BY f.partition`,
}

interface CountRow extends Record<keyof RemovalSize | 'rows', bigint> {
  last: [subject: string, claim: string] | null
}

/** The place that a walk reads from: an open transaction, and its partition. */
interface WalkContext {
  readonly tx: Queryable
  readonly partition: number
}

/** The next claims of a walk. */
export async function walkClaims(context: WalkContext, step: WalkStep): Promise<WalkedClaims> {
  const { limits, counts } = step
  const counting = counts ? count(context, step) : pageEnd(context, step)
  const [{ size, read }, older] = await Promise.all([counting, select(context, step)])
  const omitted = older.slice(0, limits.take)
  const isCut = limits.take > 0 && older.length > omitted.length
  return { size, read, omitted, taken: isCut ? cursorOf(omitted.at(-1)) : read }
}

type Page = Pick<WalkedClaims, 'size' | 'read'>

async function count(context: WalkContext, step: WalkStep): Promise<Page> {
  const values = valuesOf(context, step)
  const { rows } = await context.tx.query<CountRow & Record<string, unknown>>(
    statements(context).count,
    values,
  )
  const [row] = rows
  if (row === undefined) return { size: NOTHING_REMOVED, read: null }
  const isFull = Number(row.rows) >= step.limits.read
  const read = isFull && row.last ? { subject: row.last[0], claim: row.last[1] } : null
  return { size: sizeOf(row), read }
}

async function pageEnd(context: WalkContext, { tenant, after, limits }: WalkStep): Promise<Page> {
  const values = [context.partition, tenant, ...behind(after), limits.read - 1]
  const { end } = statements(context)
  const { rows } = await context.tx.query<WalkCursor & Record<string, unknown>>(end, values)
  const [last] = rows
  return { size: NOTHING_REMOVED, read: last ? { subject: last.subject, claim: last.claim } : null }
}

async function select(context: WalkContext, step: WalkStep): Promise<readonly HeldClaim[]> {
  const { take } = step.limits
  if (take === 0) return []
  const values = [...valuesOf(context, step), take + 1]
  const { page } = statements(context)
  const { rows } = await context.tx.query<ClaimRow & Record<string, unknown>>(page, values)
  return rows.map((row) => toHeldClaim({ ...row, subject: subjectOf(row.subject) }, row))
}

function valuesOf({ partition }: WalkContext, step: WalkStep): readonly unknown[] {
  const { tenant, source, claims, floor, after, limits } = step
  const from = [partition, tenant, source, claims, floor.epoch, floor.n]
  return [...from, ...behind(after), limits.read]
}

function behind(after: WalkCursor | null): readonly [subject: string, claim: string] {
  return after === null ? ['', ''] : [after.subject, after.claim]
}

function sizeOf({ claims, losing, subjects, older }: CountRow): RemovalSize {
  return {
    claims: Number(claims),
    losing: Number(losing),
    subjects: Number(subjects),
    older: Number(older),
  }
}

function cursorOf(held: HeldClaim | undefined): WalkCursor | null {
  return held === undefined ? null : { subject: subjectKey(held.subject), claim: held.claim }
}

/** Feeds of a partition whose walk is to go on, at most so many; first those that take away. */
export async function walkingFeeds(
  { tx, partition }: WalkContext,
  limit: number,
): Promise<readonly HeldFeed[]> {
  const { rows } = await tx.query<StoredFeed & Record<string, unknown>>(selectWalking, [
    partition,
    limit,
  ])
  return rows.map(toHeldFeed)
}
