import type { Connector, Hint, Json, Row } from '@freshet/connect'
import type { SourceConnection } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import * as z from 'zod'
import {
  quoted,
  refused,
  unavailable,
  UpstreamDatabase,
  type DatabaseParts,
  type UpstreamSession,
} from './upstream-database.ts'

/** Rows that are read at a time. */
const PAGE_ROWS = 1_000
/** The longest text of a snapshot in a cursor. A longer one is replaced by an older snapshot, which repeats rows. */
const SNAPSHOT_CHARS_MAX = 800
const NAME = /^[a-z_][\w$]{0,62}(?:\.[a-z_][\w$]{0,62})?$/i

const name = z.string().regex(NAME, 'must be a name, or SCHEMA.NAME')
const optionsForm = z.strictObject({
  table: name.default('freshet_outbox'),
  view: name.default('freshet_subjects'),
  channel: name.default('freshet'),
})
const positionForm = z.object({
  snapshot: z.string(),
  origin: z.string().nullable(),
  written: z.string(),
})
const touchedForm = z.object({ key: z.string().min(1), at: z.date() })
const subjectForm = z.object({
  key: z.string().min(1),
  state: z.looseObject({ enabled: z.boolean().nullish() }),
})
const recoveryForm = z.object({ standby: z.boolean() })
const sentenceForm = z.object({ sentence: z.string() })

/** Parts of the connector that the process provides. */
export interface OutboxParts extends DatabaseParts {
  readonly timer: Timer
}

/**
 * Reads the subjects of a Postgres database. A view has the present state of each subject: `key`, an optional `enabled`,
 * and its other columns are the attributes. A table, the outbox, gets a row with the `key` of a subject in each
 * transaction that changes it, with the id of the transaction (`xid`) and the time (`occurred_at`).
 *
 * A pass reads the rows of all transactions that the last snapshot did not see. So no row is lost, in whatever
 * order transactions commit, and no state is read from a row.
 *
 * Options: `table` (default `freshet_outbox`), `view` (default `freshet_subjects`), and `channel`, on which the database
 * notifies of a new row (default `freshet`). The login needs SELECT on both, and it must read the primary.
 *
 * @throws `connect.refused` for an option that is malformed, and for an address that would be read without TLS
 */
export function outboxConnector(connection: SourceConnection, parts: OutboxParts): Connector {
  const given = optionsForm.safeParse(Object.fromEntries(connection.options))
  if (!given.success)
    throw refused(`The options of ${connection.at} are malformed: ${z.prettifyError(given.error)}`)
  const { table, view, channel } = given.data
  const database = new UpstreamDatabase(connection, parts)
  // A number of JSON would lose the last digits of a long key.
  const state = `SELECT key::text AS key, to_jsonb(subject) AS state FROM ${quoted(view)} subject`
  return {
    covers: 'upstream',
    async *hints(cursor, signal) {
      const session = await database.session(signal)
      try {
        await requirePrimary(session)
        await session.listen(channel)
        yield* followOutbox(new Outbox(session, table), connection, parts.timer, cursor, signal)
      } finally {
        await session.end()
      }
    },
    async read(key, signal) {
      const [found, second] = await database.rows(`${state} WHERE key = $1 LIMIT 2`, [key], signal)
      if (second !== undefined) throw unavailable(`The view ${view} has a key twice.`)
      return found === undefined ? undefined : rowOf(found, view)
    },
    async *list(signal) {
      for await (const found of database.pages(state, PAGE_ROWS, signal)) yield rowOf(found, view)
    },
    async check(signal) {
      const found = await database.rows(UNANNOUNCED, [quoted(table), quoted(view)], signal)
      return found.map((row) => sentenceForm.parse(row).sentence)
    },
  }
}

/** A primary that becomes a standby restarts, so a connection knows it from its begin. */
async function requirePrimary(session: UpstreamSession): Promise<void> {
  const [row] = await session.rows('SELECT pg_is_in_recovery() AS standby')
  if (recoveryForm.parse(row).standby)
    throw refused('The database is a standby. Name the primary: a standby shows commits late.')
}

/** Gives the keys of new rows, pass by pass. */
async function* followOutbox(
  outbox: Outbox,
  { intervalMs }: SourceConnection,
  timer: Timer,
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Hint> {
  let last = cursor
  while (!signal.aborted) {
    const notified = outbox.session.nextNotification()
    const startedMs = timer.monotonicMs()
    await outbox.session.begin()
    const position = await outbox.position()
    // Without a cursor, the engine compares all subjects by itself.
    const from = last === undefined ? undefined : continuedFrom(last, position)
    if (last !== undefined && from === undefined)
      yield { kind: 'touched-all', why: 'the outbox is not the one that was read before' }
    if (from !== undefined)
      for await (const { key, at } of outbox.touchedBetween(from, position.snapshot)) {
        const committedMs = Math.min(at.getTime(), timer.nowMs())
        yield { kind: 'touched', key, committedMs }
      }
    await outbox.session.commit()
    last = cursorOf(position)
    yield { kind: 'drained', cursor: last, startedMs }
    await timer.sleep(intervalMs, AbortSignal.any([signal, notified]))
  }
}

/** The place up to which the outbox was read. */
interface Position {
  /** The transactions that were visible, as `pg_snapshot`. */
  readonly snapshot: string
  /**
   * The start of the server, the database and the file of the table. A restored, promoted or truncated one has another
   * origin. A copy of a database keeps its tables and their files, and it has another oid.
   */
  readonly origin: string
  /** The end of the write-ahead log, in bytes. */
  readonly written: string
}

/** The table of new rows, read by one connection in the transaction that has begun. */
class Outbox {
  readonly session: UpstreamSession
  readonly #table: string

  constructor(session: UpstreamSession, table: string) {
    this.session = session
    this.#table = table
  }

  /** @throws `connect.refused` if the outbox is no table */
  async position(): Promise<Position> {
    const [row] = await this.session.rows(POSITION, [quoted(this.#table)])
    const { origin, ...rest } = positionForm.parse(row)
    if (origin === null) throw refused(`${this.#table} is no table. Name the table of the outbox.`)
    return { origin, ...rest }
  }

  /**
   * Gives the rows of transactions that the later snapshot shows and the earlier one did not. The index finds them, so a
   * transaction that stays open costs nothing. A row of a dump can have the id of a transaction that is still to come.
   */
  async *touchedBetween(
    earlier: string,
    later: string,
  ): AsyncGenerator<z.output<typeof touchedForm>> {
    const [, xmax, open] = earlier.split(':')
    const text =
      `SELECT key, occurred_at AS at FROM ${quoted(this.#table)} ` +
      `WHERE (xid >= '${xmax}' OR xid = ANY('{${open}}')) AND pg_visible_in_snapshot(xid, '${later}')`
    for await (const row of this.session.pages(text, PAGE_ROWS)) {
      const touched = touchedForm.safeParse(row)
      if (!touched.success)
        throw unavailable(`${this.#table} has a row without a key or without a time. Repair it.`)
      yield touched.data
    }
  }
}

/** A restore needs a start of the server, and the ids of transactions that it undoes are used again. */
const POSITION = `
  SELECT pg_current_snapshot()::text AS snapshot,
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint || '.' ||
    (SELECT oid FROM pg_database WHERE datname = current_database()) || '.' || outbox.oid || '.' || coalesce(
      pg_relation_filenode(outbox.oid)::text,
      (SELECT hashtextextended(string_agg(relid || '=' || pg_relation_filenode(relid), ',' ORDER BY relid), 0)::text
        FROM pg_partition_tree(outbox.oid))
    ) AS origin,
    (pg_current_wal_lsn() - '0/0')::text AS written
  FROM (SELECT $1::regclass AS oid) outbox`

/** The changes that no row of the outbox announces, as far as the catalog shows them. */
const UNANNOUNCED = `
  WITH RECURSIVE used AS (
    SELECT oid, relkind FROM pg_class WHERE oid = $2::regclass
    UNION
    SELECT base.oid, base.relkind FROM used
    JOIN pg_rewrite r ON r.ev_class = used.oid AND used.relkind = 'v'
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class base ON base.oid = d.refobjid
  )
  SELECT format('%s of %s: the view reads it, and it has no trigger that writes to the outbox. ' ||
    'Only a program that writes the row itself announces them.', missing.events, used.oid::regclass) AS sentence
  FROM used CROSS JOIN LATERAL (
    SELECT CASE count(*) WHEN 3 THEN 'Changes' ELSE string_agg(event, ', ' ORDER BY event) END AS events
    FROM (VALUES ('INSERT', 4), ('DELETE', 8), ('UPDATE', 16)) known (event, bit)
    WHERE NOT EXISTS (
      SELECT FROM pg_trigger t WHERE t.tgrelid = used.oid AND NOT t.tgisinternal
        AND t.tgenabled IN ('O', 'A') AND t.tgtype & known.bit <> 0
    )
  ) missing
  WHERE used.relkind IN ('r', 'p') AND missing.events IS NOT NULL
  UNION ALL
  SELECT format('Changes of %s: a materialized view or a foreign table has no trigger for them.', oid::regclass)
  FROM used WHERE relkind IN ('m', 'f')
  UNION ALL
  SELECT 'Rows that row security hides: the outbox has a policy for the login. Give the login BYPASSRLS or a policy for all rows.'
  WHERE row_security_active($1::regclass)
  UNION ALL
  SELECT 'Changes of each transaction: the column xid of the outbox has no default pg_current_xact_id().'
  WHERE NOT EXISTS (
    SELECT FROM pg_attribute a
    JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = $1::regclass AND a.attname = 'xid'
      AND pg_get_expr(d.adbin, d.adrelid) = 'pg_current_xact_id()'
  )`

function cursorOf({ snapshot, origin, written }: Position): string {
  const [xmin = ''] = snapshot.split(':')
  const kept = snapshot.length > SNAPSHOT_CHARS_MAX ? `${xmin}:${xmin}:` : snapshot
  return `${origin} ${written} ${kept}`
}

/** Returns the snapshot of a cursor, or `undefined` if the outbox is another one, or older than the cursor. */
function continuedFrom(cursor: string, { origin, written }: Position): string | undefined {
  const [, was, writtenBefore = '', snapshot = ''] =
    /^(\S+) (\d+) (\d+:\d+:[\d,]*)$/.exec(cursor) ?? []
  if (was !== origin || BigInt(writtenBefore) > BigInt(written)) return undefined
  return snapshot
}

function rowOf(found: unknown, view: string): Row {
  const subject = subjectForm.safeParse(found)
  if (!subject.success)
    throw unavailable(`The view ${view} has a row without a key, or a malformed enabled.`)
  const { key, state } = subject.data
  const row = { key, attributes: state as Json }
  return typeof state.enabled === 'boolean' ? { ...row, enabled: state.enabled } : row
}
