import {
  NO_VERSION,
  type FeedState,
  type HeldFeed,
  type SourceVersion,
  type StatedKind,
  type Statements,
  type Ending,
  type EndRecord,
  type RemovalSize,
  type WalkCursor,
} from '@freshet/protocol'
import type { Statement } from '../../connection/query.ts'

/** Columns of a {@link StoredFeed}, of the table `feed f`. */
export const FEED_COLUMNS = `
      f.tenant, f.source, f.complete, f.beyond, f.through_ms, f.halted, f.snapshot_epoch,
      f.snapshot_n, f.border_epoch, f.border_n, f.statement, f.ended,
      f.held, f.compared, f.covers, f.ending, f.states, f.removals, f.removals_since_ms,
      f.ahead_ms`

/** Feeds by partition ($1), tenant ($2) and source ($3). */
export const selectFeeds: Statement = {
  name: 'recorder-select-feeds',
  text: `
    SELECT f.partition, ${FEED_COLUMNS}
    FROM unnest($1::int[], $2::text[], $3::text[]) AS asked (partition, tenant, source)
    JOIN feed f ON f.tenant = asked.tenant AND f.source = asked.source
      AND f.partition = asked.partition`,
}

/**
 * Replaces feeds: partitions ($1), tenants ($2), sources ($3), complete ($4), beyond ($5, each
 * an array as text, because arrays of unequal arrays do not exist), through ($6), halted ($7),
 * the statement that is open ($8, $9), the newest border ($10, $11),
 * of the newest statement its begin ($12), the begin of what ended ($13), held ($14), compared ($15),
 * covers ($16), removals counted ($17) since ($18), its end that is processed in steps ($19), what the newest
 * statement states beside claims ($20), by how much the last heartbeat was ahead ($21).
 */
export const upsertFeeds: Statement = {
  name: 'recorder-upsert-feeds',
  text: `
    INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted,
      snapshot_epoch, snapshot_n, border_epoch, border_n, statement, ended, held, compared, covers,
      removals, removals_since_ms, ending, states, ahead_ms)
    SELECT tenant, source, partition, complete, beyond::bigint[], through_ms, halted, snapshot_epoch,
      snapshot_n, border_epoch, border_n, statement, ended, held, compared, covers, removals,
      removals_since_ms, ending, states, ahead_ms
    FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::boolean[],
      $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[],
      $14::boolean[], $15::bigint[], $16::jsonb[], $17::bigint[],
      $18::bigint[], $19::jsonb[], $20::jsonb[], $21::bigint[]) AS row (partition, tenant, source, complete, beyond, through_ms, halted,
      snapshot_epoch, snapshot_n, border_epoch, border_n, statement, ended, held, compared, covers,
      removals, removals_since_ms, ending, states, ahead_ms)
    ON CONFLICT (tenant, source, partition) DO UPDATE SET complete = excluded.complete,
      beyond = excluded.beyond, through_ms = excluded.through_ms, halted = excluded.halted,
      snapshot_epoch = excluded.snapshot_epoch, snapshot_n = excluded.snapshot_n,
      border_epoch = excluded.border_epoch, border_n = excluded.border_n,
      statement = excluded.statement, ended = excluded.ended, held = excluded.held,
      compared = excluded.compared, covers = excluded.covers,
      removals = excluded.removals, removals_since_ms = excluded.removals_since_ms,
      ending = excluded.ending, states = excluded.states,
      ahead_ms = excluded.ahead_ms`,
}

/**
 * Raises `through` alone, of stored feeds: partitions ($1), tenants ($2), sources ($3), through ($4). An upsert locks
 * each row before it updates it, which doubles the write-ahead log of a heartbeat.
 */
export const updateThrough: Statement = {
  name: 'recorder-update-through',
  text: `
    UPDATE feed f SET through_ms = heard.through_ms
    FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[]) AS heard (partition, tenant, source, through_ms)
    WHERE f.tenant = heard.tenant AND f.source = heard.source AND f.partition = heard.partition`,
}

/** The stored snapshots of a feed. */
export interface StatementsRow {
  snapshot_epoch: bigint | null
  snapshot_n: bigint | null
  border_epoch: bigint | null
  border_n: bigint | null
  statement: string | null
  ended: string | null
  held: boolean
  compared: bigint
  covers: string[]
  ending: StoredEnding | null
  states: StatedKind[]
}

/** A stored feed. */
export interface StoredFeed extends StatementsRow {
  tenant: string
  source: string
  complete: bigint
  beyond: bigint[]
  through_ms: bigint | null
  halted: boolean
  removals: bigint
  removals_since_ms: bigint | null
  ahead_ms: bigint | null
}

/** The row in the types of the protocol. */
export function toHeldFeed(row: StoredFeed): HeldFeed {
  const { tenant, source } = row
  const statements = toStatements(row)
  const since = row.removals_since_ms
  const removals =
    since === null ? {} : { removals: { sinceMs: Number(since), count: Number(row.removals) } }
  return { tenant, source, feed: toFeedState(row), statements, ...removals }
}

/** The numbers and times of a row in the types of the protocol. */
export function toFeedState(
  row: Pick<StoredFeed, 'complete' | 'beyond' | 'through_ms' | 'halted' | 'ahead_ms'>,
): FeedState {
  const { complete, beyond, halted } = row
  const throughMs = row.through_ms === null ? null : Number(row.through_ms)
  const ahead = row.ahead_ms === null ? {} : { aheadMs: Number(row.ahead_ms) }
  return { complete, beyond, throughMs, halted, ...ahead }
}

/** The snapshots in the types of the protocol. */
export function toStatements(row: StatementsRow): Statements {
  const { statement: latest, ended, held, compared, covers, states } = row
  const ending = toEnding(row.ending)
  const open = versionOf(row.snapshot_epoch, row.snapshot_n)
  const newest = versionOf(row.border_epoch, row.border_n) ?? NO_VERSION
  return { open, newest, states, latest, ended, held, compared: Number(compared), covers, ending }
}

function versionOf(epoch: bigint | null, n: bigint | null): SourceVersion | null {
  return epoch === null || n === null ? null : { epoch, n }
}

type Version = readonly [epoch: string, n: string]
type Cursor = readonly [subject: string, claim: string]

interface StoredCounting {
  readonly phase: 'counting'
  readonly floor: Version
  readonly pv: number
  readonly after: Cursor | null
  readonly size: RemovalSize
}

interface StoredTaking {
  readonly phase: 'taking'
  readonly end: Omit<EndRecord, 'e' | 'offset'> & { readonly e: string; readonly offset: string }
  readonly begin: string | null
  readonly floor: Version
  readonly covers: readonly string[]
  readonly after: Cursor | null
  readonly lost: boolean
  readonly tightened: boolean
}

/** The content of the column `feed.ending`. */
type StoredEnding = StoredCounting | StoredTaking

/** The text of the column. */
export function storedEnding(ending: Ending | null): string | null {
  return ending === null ? null : JSON.stringify(toStored(ending))
}

function toStored(ending: Ending): StoredEnding {
  const { epoch, n } = ending.floor
  const floor = [String(epoch), String(n)] as const
  const after = ending.after && pairOf(ending.after)
  if (ending.phase === 'counting') return { ...ending, floor, after }
  const { e, offset } = ending.end
  const end = { ...ending.end, e: String(e), offset: String(offset) }
  return { ...ending, floor, after, end }
}

/** The inverse. */
function toEnding(stored: StoredEnding | null): Ending | null {
  if (stored === null) return null
  const floor = toVersion(stored.floor)
  const after = stored.after && toCursor(stored.after)
  if (stored.phase === 'counting') return { ...stored, floor, after }
  const { e, offset } = stored.end
  const end = { ...stored.end, e: BigInt(e), offset: BigInt(offset) }
  return { ...stored, floor, after, end }
}

function pairOf({ subject, claim }: WalkCursor): Cursor {
  return [subject, claim]
}

function toCursor([subject, claim]: Cursor): WalkCursor {
  return { subject, claim }
}

function toVersion([epoch, n]: Version): SourceVersion {
  return { epoch: BigInt(epoch), n: BigInt(n) }
}
