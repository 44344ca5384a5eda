import {
  NOTHING_SWEPT,
  subjectKey,
  type HeldClaim,
  type HeldFeed,
  type SweepSize,
  type WalkCursor,
  type WalkedClaims,
} from '@freshet/protocol'
import type { WalkStep } from '@freshet/reconciler'
import type { Queryable, Statement } from '../connection/query.ts'
import { subjectOf, toHeldClaim, type ClaimRow } from './rows/claim-rows.ts'
import { FEED_COLUMNS, toHeldFeed, type StoredFeed } from './rows/feed-rows.ts'

/**
 * The next $9 claims of a tenant ($2) in a partition ($1) behind a subject ($7) and a claim ($8); which of them have
 * one of the names $4, and of those, which are of another source than $3 or below the version $5, $6.
 */
const PAGE = `
    page AS MATERIALIZED (
      SELECT c.*, c.claim = ANY($4::text[]) AS is_own,
        c.source <> $3 OR (c.floor_epoch, c.floor_n) < ($5::bigint, $6::bigint) AS is_older
      FROM claim_state c
      WHERE c.partition = $1 AND c.partition >= 0 AND c.tenant = $2
        AND (c.subject COLLATE "C", c.claim COLLATE "C") > ($7::text, $8::text)
      ORDER BY c.subject COLLATE "C", c.claim COLLATE "C"
      LIMIT $9)`

/** The size of such a page, and its last claim. */
const countPage: Statement = {
  name: 'recorder-count-walked',
  planEach: true,
  text: `
    WITH ${PAGE}, own AS (
      SELECT subject, is_older,
        source = $3 AND elements @? '$.*[2] ? (@ == true)' AS is_in
      FROM page WHERE is_own)
    SELECT (SELECT count(*) FROM page) AS rows,
      count(*) FILTER (WHERE is_in) AS claims,
      count(*) FILTER (WHERE is_in AND is_older) AS losing,
      count(DISTINCT subject) FILTER (WHERE is_in AND is_older) AS subjects,
      count(*) FILTER (WHERE is_older) AS older,
      (SELECT json_build_array(subject, claim) FROM page
        ORDER BY subject COLLATE "C" DESC, claim COLLATE "C" DESC LIMIT 1) AS last
    FROM own`,
}

/** The last claim of such a page, found by the index alone; none: the page is not full. $5: its size less one. */
const selectPageEnd: Statement = {
  name: 'recorder-select-page-end',
  planEach: true,
  text: `
    SELECT c.subject, c.claim
    FROM claim_state c
    WHERE c.partition = $1 AND c.partition >= 0 AND c.tenant = $2
      AND (c.subject COLLATE "C", c.claim COLLATE "C") > ($3::text, $4::text)
    ORDER BY c.subject COLLATE "C", c.claim COLLATE "C"
    OFFSET $5 LIMIT 1`,
}

/** The first $10 of its claims that are of another source or below the version. */
const selectPage: Statement = {
  name: 'recorder-select-walked',
  planEach: true,
  text: `
    WITH ${PAGE}
    SELECT subject, claim, source, floor_epoch, floor_n, elements::text
    FROM page
    WHERE is_own AND is_older
    ORDER BY subject COLLATE "C", claim COLLATE "C"
    LIMIT $10`,
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

interface CountRow extends Record<keyof SweepSize | 'rows', bigint> {
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
  const swept = older.slice(0, limits.take)
  const isCut = limits.take > 0 && older.length > swept.length
  return { size, read, swept, taken: isCut ? cursorOf(swept.at(-1)) : read }
}

type Page = Pick<WalkedClaims, 'size' | 'read'>

async function count(context: WalkContext, step: WalkStep): Promise<Page> {
  const values = valuesOf(context, step)
  const { rows } = await context.tx.query<CountRow & Record<string, unknown>>(countPage, values)
  const [row] = rows
  if (row === undefined) return { size: NOTHING_SWEPT, read: null }
  const isFull = Number(row.rows) >= step.limits.read
  const read = isFull && row.last ? { subject: row.last[0], claim: row.last[1] } : null
  return { size: sizeOf(row), read }
}

async function pageEnd(
  { tx, partition }: WalkContext,
  { tenant, after, limits }: WalkStep,
): Promise<Page> {
  const values = [partition, tenant, ...behind(after), limits.read - 1]
  const { rows } = await tx.query<WalkCursor & Record<string, unknown>>(selectPageEnd, values)
  const [last] = rows
  return { size: NOTHING_SWEPT, read: last ? { subject: last.subject, claim: last.claim } : null }
}

async function select(context: WalkContext, step: WalkStep): Promise<readonly HeldClaim[]> {
  const { take } = step.limits
  if (take === 0) return []
  const values = [...valuesOf(context, step), take + 1]
  const { rows } = await context.tx.query<ClaimRow & Record<string, unknown>>(selectPage, values)
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

function sizeOf({ claims, losing, subjects, older }: CountRow): SweepSize {
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
