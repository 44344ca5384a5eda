import type { Connector, Hint } from '@freshet/connect'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { outboxTables } from './outbox-page.ts'
import { follow as followOf, outboxOf, pass } from './outbox-passes.ts'

const HELD_ROWS = Number(process.env['OUTBOX_HELD_ROWS'] ?? '20000')
const unavailable = { code: 'connect.unavailable' }
const refused = { code: 'connect.refused' }

describe('an SQL outbox on a bad day', () => {
  let database: FreshDatabase
  let app: pg.Client
  let ended: AbortController

  beforeAll(async () => {
    database = await freshDatabase({ migrated: false, max: 1 })
    app = new pg.Client({ connectionString: database.url })
    await app.connect()
    await app.query(outboxTables())
    await app.query("INSERT INTO person SELECT 'person-' || n FROM generate_series(1, 20) n")
  })
  afterAll(async () => {
    await app.end()
    await database.drop()
  })
  beforeEach(() => {
    ended = new AbortController()
  })
  afterEach(() => ended.abort())

  const connectorOf = (
    options: Readonly<Record<string, string>> = {},
    at = database.url,
  ): Connector => outboxOf(at, options)
  const follow = (cursor?: string, connector = connectorOf()): AsyncIterator<Hint> =>
    followOf(connector, cursor, ended)
  const unannounced = async (view: string): Promise<string> =>
    ((await connectorOf({ view }).check?.(ended.signal)) ?? []).join('\n')

  it('does not repeat rows of a dump, whose transactions are still to come here', async () => {
    const { cursor } = await pass(follow())
    await app.query(
      `INSERT INTO freshet_outbox (key, xid)
       SELECT 'person-1', (pg_current_xact_id()::text::bigint + 1000000)::text::xid8`,
    )
    try {
      await app.query("INSERT INTO freshet_outbox (key) VALUES ('person-2')")
      const hints = follow(cursor)
      expect((await pass(hints)).keys).toEqual(['person-2'])
      expect((await pass(hints)).keys).toEqual([])
    } finally {
      await app.query("DELETE FROM freshet_outbox WHERE key = 'person-1'")
    }
  })

  it('compares after a copy of the database took its place, on the same server', async () => {
    const original = await freshDatabase({ migrated: false, max: 1 })
    const copy = `${new URL(original.url).pathname.slice(1)}_copy`
    const writer = new pg.Client({ connectionString: original.url })
    try {
      await writer.connect()
      await writer.query(outboxTables())
      await writer.end()
      await app.query(`CREATE DATABASE ${copy} TEMPLATE ${copy.replace('_copy', '')}`)
      const { cursor } = await pass(follow(undefined, connectorOf({}, original.url)))
      expect((await pass(follow(cursor, connectorOf({}, original.url)))).keys).toEqual([])
      const at = Object.assign(new URL(original.url), { pathname: `/${copy}` }).href
      expect((await pass(follow(cursor, connectorOf({}, at)))).keys).toEqual(['touched-all'])
    } finally {
      await app.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`)
      await original.drop()
    }
  })

  it('reads no row again while a transaction stays open', async () => {
    const open = new pg.Client({ connectionString: database.url })
    await open.connect()
    try {
      await open.query('BEGIN')
      await open.query("INSERT INTO freshet_outbox (key) VALUES ('person-3')")
      const first = follow((await pass(follow())).cursor)
      await app.query(
        `INSERT INTO freshet_outbox (key) SELECT 'k' || n FROM generate_series(1, ${HELD_ROWS}) n`,
      )
      await app.query('ANALYZE freshet_outbox')
      const { keys, cursor } = await pass(first)
      expect(keys).toHaveLength(HELD_ROWS)
      // The server counts the reads of a connection at its end.
      await first.return?.()
      await expect.poll(async () => (await reads()).rows).toBeGreaterThanOrEqual(HELD_ROWS)
      const before = await reads()
      const second = follow(cursor)
      expect((await pass(second)).keys).toEqual([])
      await second.return?.()
      await expect.poll(async () => (await reads()).scans).toBeGreaterThan(before.scans)
      expect((await reads()).rows - before.rows).toBeLessThan(10)
      await open.query('COMMIT')
      expect((await pass(follow(cursor))).keys).toEqual(['person-3'])
    } finally {
      await open.end()
    }
  })
  /** Returns the scans of the outbox, and the rows or entries that they read. */
  const reads = async (): Promise<{ readonly scans: number; readonly rows: number }> => {
    const { rows } = await app.query<{ scans: number; rows: number }>(
      `SELECT (t.seq_scan + sum(i.idx_scan))::int AS scans, (t.seq_tup_read + sum(i.idx_tup_read))::int AS rows
       FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid)
       WHERE t.relname = 'freshet_outbox' GROUP BY t.seq_scan, t.seq_tup_read`,
    )
    return rows[0] ?? { scans: 0, rows: 0 }
  }

  it('keeps keys apart that differ beyond the digits of a JSON number', async () => {
    await app.query(
      `CREATE VIEW large AS SELECT n AS key, ARRAY['reader'] AS roles
       FROM (VALUES (9007199254740992), (9007199254740993)) v (n)`,
    )
    const connector = connectorOf({ view: 'large' })
    const read = await connector.read?.('9007199254740993', ended.signal)
    expect(read?.key).toBe('9007199254740993')
  })

  it('reports no value of a row that the database cannot read', async () => {
    await app.query(`CREATE VIEW numbered AS SELECT id::int AS key FROM person`)
    const error: unknown = await connectorOf({ view: 'numbered' })
      .read?.('1', ended.signal)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(unavailable)
    expect(textOf(error)).not.toMatch(/person-/)
    expect(textOf(error)).toContain('22P02')
  })

  it('names each table, materialized view and event that no trigger announces', async () => {
    expect(await unannounced('freshet_subjects')).toBe('')
    await app.query(`
      CREATE TABLE silent (id text);
      CREATE VIEW inner_view AS SELECT id AS key FROM silent;
      CREATE VIEW nested AS SELECT key FROM inner_view;
      CREATE MATERIALIZED VIEW kept AS SELECT id AS key FROM person;
      CREATE VIEW of_kept AS SELECT key FROM kept;
      CREATE TABLE half (key text);
      CREATE TRIGGER freshet_touch AFTER INSERT OR UPDATE ON half
        FOR EACH ROW EXECUTE FUNCTION freshet_touch('key')`)
    expect(await unannounced('nested')).toContain('silent')
    expect(await unannounced('of_kept')).toContain('kept')
    expect(await unannounced('half')).toMatch(/^DELETE of half/)
    await app.query('ALTER TABLE grant_of_role DISABLE TRIGGER freshet_touch')
    expect(await unannounced('freshet_subjects')).toContain('grant_of_role')
    await app.query('ALTER TABLE grant_of_role ENABLE TRIGGER freshet_touch')
  })

  it('names a policy that hides rows of the outbox', async () => {
    const reader = `reader_${new URL(database.url).pathname.slice(1)}`
    await app.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'p'`)
    try {
      await app.query(`GRANT SELECT ON freshet_outbox, freshet_subjects TO ${reader}`)
      await app.query('ALTER TABLE freshet_outbox ENABLE ROW LEVEL SECURITY')
      const url = Object.assign(new URL(database.url), { username: reader, password: 'p' })
      expect(await outboxOf(url.href).check?.(ended.signal)).toEqual([
        expect.stringContaining('row security hides'),
      ])
    } finally {
      await app.query('ALTER TABLE freshet_outbox DISABLE ROW LEVEL SECURITY')
      await app.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`)
    }
  })

  it('reads an outbox in partitions, and refuses one that is no table', async () => {
    await app.query(`
      CREATE TABLE parted (LIKE freshet_outbox INCLUDING DEFAULTS) PARTITION BY RANGE (occurred_at);
      CREATE TABLE parted_all PARTITION OF parted DEFAULT`)
    const connector = connectorOf({ table: 'parted' })
    const { cursor } = await pass(follow(undefined, connector))
    await app.query("INSERT INTO parted (key) VALUES ('person-4')")
    const next = await pass(follow(cursor, connector))
    expect(next.keys).toEqual(['person-4'])
    await app.query('TRUNCATE parted')
    expect((await pass(follow(next.cursor, connector))).keys).toEqual(['touched-all'])
    await app.query('CREATE VIEW viewed AS SELECT * FROM freshet_outbox')
    await expect(pass(follow(undefined, connectorOf({ table: 'viewed' })))).rejects.toMatchObject(
      refused,
    )
  })

  it('ends a read and a pass with the signal while the database does not answer', async () => {
    const connector = connectorOf()
    const hints = follow((await pass(follow())).cursor, connector)
    const lock = new pg.Client({ connectionString: database.url })
    await lock.connect()
    try {
      await lock.query('BEGIN; LOCK TABLE person, freshet_outbox')
      const read = connector.read?.('person-1', ended.signal).catch((error: unknown) => error)
      const passed = pass(hints).catch((error: unknown) => error)
      await expect
        .poll(
          async () =>
            (await app.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
              .rowCount,
        )
        .toBe(2)
      ended.abort()
      expect(await read).toMatchObject(unavailable)
      expect(await passed).toBeInstanceOf(Error)
    } finally {
      await lock.end()
    }
  }, 8_000)
})

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return `${error.message} ${JSON.stringify(error)} ${textOf(error.cause)}`
}
