import type { Connector, Hint, Row } from '@freshet/connect'
import { systemClock as timer } from '@freshet/runtime'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { randomOf } from '../simulation/random.ts'
import { outboxTables } from './outbox-page.ts'
import { follow as followOf, outboxOf, pass } from './outbox-passes.ts'
import { OutboxWriters } from './outbox-writers.ts'

const SEED = Number(process.env['OUTBOX_SEED'] ?? '20261207')
const WRITERS = 8
const ROWS = Number(process.env['OUTBOX_ROWS'] ?? '4000')
const STORY_WITHIN_MS = 540_000

describe('an SQL outbox', () => {
  let database: FreshDatabase
  let app: pg.Client
  let connector: Connector
  let ended: AbortController

  beforeAll(async () => {
    database = await freshDatabase({ migrated: false, max: 1 })
    app = new pg.Client({ connectionString: database.url })
    await app.connect()
    await app.query(outboxTables())
  })
  afterAll(async () => {
    await app.end()
    await database.drop()
  })
  beforeEach(async () => {
    ended = new AbortController()
    await app.query('TRUNCATE person, grant_of_role, freshet_outbox')
    await app.query("INSERT INTO person SELECT 'person-' || n FROM generate_series(1, 20) n")
    connector = outboxOf(database.url)
  })
  afterEach(() => ended.abort())

  const follow = (cursor?: string): AsyncIterator<Hint> => followOf(connector, cursor, ended)
  const rows = async (): Promise<readonly Row[]> => {
    const found: Row[] = []
    for await (const row of connector.list?.(ended.signal) ?? []) found.push(row)
    return found
  }
  const grant = (person: string, role: string): string =>
    `INSERT INTO grant_of_role VALUES ('${person}', '${role}')`

  it('gives the state of a subject, and none of one that is gone', async () => {
    await app.query(grant('person-1', 'auditor'))
    const row = { key: 'person-1', enabled: true, attributes: { roles: ['auditor'] } }
    expect(await connector.read?.('person-1', ended.signal)).toMatchObject(row)
    expect(await connector.read?.('nobody-else', ended.signal)).toBeUndefined()
    const listed = await rows()
    expect(listed).toHaveLength(20)
    expect(listed.find(({ key }) => key === 'person-1')).toMatchObject(row)
  })

  it('names the subjects of each change after the cursor, and does not compare at the start', async () => {
    const first = await pass(follow())
    expect(first.keys).toEqual([])
    await app.query(grant('person-2', 'auditor'))
    await app.query("DELETE FROM person WHERE id = 'person-2'")
    const { keys } = await pass(follow(first.cursor))
    expect(new Set(keys)).toEqual(new Set(['person-2']))
  })

  it('wakes at a notification', async () => {
    connector = outboxOf(database.url, {}, { intervalMs: 3_600_000 })
    const hints = follow()
    await pass(hints)
    const next = pass(hints)
    await app.query(grant('person-3', 'auditor'))
    expect((await next).keys).toEqual(['person-3'])
  })

  it('gives the row of a transaction that was open for passes, at its commit', async () => {
    const slow = new pg.Client({ connectionString: database.url })
    await slow.connect()
    try {
      const hints = follow()
      await pass(hints)
      await slow.query('BEGIN')
      await slow.query(grant('person-4', 'auditor'))
      await app.query(grant('person-5', 'auditor'))
      const meanwhile = await pass(hints)
      expect(meanwhile.keys).toEqual(['person-5'])
      expect((await pass(hints)).keys).toEqual([])
      await slow.query('COMMIT')
      const { keys, startedMs } = await pass(follow(meanwhile.cursor))
      expect(keys).toEqual(['person-4'])
      expect(startedMs).toBeGreaterThan(meanwhile.startedMs)
    } finally {
      await slow.end()
    }
  })

  it(
    `loses none of ${ROWS} rows of ${WRITERS} writers, and a cursor by id does`,
    async () => {
      process.stderr.write(`seed ${SEED}\n`)
      const writers = new OutboxWriters(database.url, randomOf(SEED, 'writers'), timer)
      await writers.prepare(app)
      connector = outboxOf(database.url, {}, { intervalMs: 5 })
      const seen = new Map<string, number>()
      const ahead: string[] = []
      const hints = follow()
      await pass(hints)
      let isDone = false
      const work = writers.run(WRITERS, ROWS).finally(() => (isDone = true))
      let byId = 0
      const idsSeen = new Set<string>()
      const beganMs = timer.monotonicMs()
      for (;;) {
        const isLast = isDone
        const { keys, startedMs } = await pass(hints)
        for (const key of keys) seen.set(key, timer.monotonicMs())
        for (const [key, committedMs] of writers.committed)
          if (committedMs < startedMs && !seen.has(key)) ahead.push(key)
        const more = await app.query<{ id: string; key: string }>(
          'SELECT id, key FROM freshet_outbox WHERE id > $1 ORDER BY id',
          [byId],
        )
        for (const { id, key } of more.rows) {
          byId = Math.max(byId, Number(id))
          idsSeen.add(key)
        }
        if (isLast) break
      }
      await work
      const rate = (1_000 * ROWS) / (timer.monotonicMs() - beganMs)
      const lostById = ROWS - idsSeen.size
      process.stderr.write(`${rate.toFixed()} rows/s; a cursor by id lost ${lostById} rows\n`)
      expect(writers.committed.size).toBe(ROWS)
      expect(seen.size).toBe(ROWS)
      expect(ahead).toEqual([])
      expect(lostById).toBeGreaterThan(0)
    },
    STORY_WITHIN_MS,
  )

  it('compares after the outbox was truncated, and after the database went back in time', async () => {
    const { cursor } = await pass(follow())
    await app.query('TRUNCATE freshet_outbox')
    expect((await pass(follow(cursor))).keys).toEqual(['touched-all'])
    const later = (await pass(follow())).cursor.replace(/ \d+ /, ' 9999999999999999 ')
    expect((await pass(follow(later))).keys).toEqual(['touched-all'])
    expect((await pass(follow('of another kind'))).keys).toEqual(['touched-all'])
  })

  it('ends with an error when the connection is cut, and loses nothing after it', async () => {
    const hints = follow()
    const { cursor } = await pass(hints)
    await app.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'freshet-connect' AND datname = current_database()",
    )
    await app.query(grant('person-6', 'auditor'))
    await expect(pass(hints)).rejects.toMatchObject({ code: 'connect.unavailable' })
    expect((await pass(follow(cursor))).keys).toEqual(['person-6'])
  })

  it('refuses what a person must repair, and names it', async () => {
    const other = outboxOf(database.url, { view: 'absent' })
    await expect(other.read?.('person-1', ended.signal)).rejects.toMatchObject({
      code: 'connect.refused',
      message: expect.stringContaining('it has no such table or view') as string,
    })
    const at = 'postgres://reader@db.acme.example/app?sslmode=require'
    expect(() => outboxOf(database.url, {}, { at })).toThrow(/sslmode=require/)
    expect(() => outboxOf(database.url, { view: 'a; b' })).toThrow(/malformed/)
    await app.query(
      'CREATE OR REPLACE VIEW twice AS SELECT key FROM freshet_subjects, (VALUES (1), (2)) v',
    )
    const twice = outboxOf(database.url, { view: 'twice' })
    await expect(twice.read?.('person-1', ended.signal)).rejects.toThrow('has a key twice')
  })

  it('names the tables of the view whose changes no trigger announces', async () => {
    expect(await connector.check?.(ended.signal)).toEqual([])
    await app.query('ALTER TABLE grant_of_role RENAME TO renamed')
    await app.query('DROP TRIGGER freshet_touch ON renamed')
    try {
      expect(await connector.check?.(ended.signal)).toEqual([
        expect.stringMatching(/^Changes of renamed: the view reads it, and it has no trigger/),
      ])
    } finally {
      await app.query('ALTER TABLE renamed RENAME TO grant_of_role')
      await app.query(
        `CREATE TRIGGER freshet_touch AFTER INSERT OR UPDATE OR DELETE ON grant_of_role
         FOR EACH ROW EXECUTE FUNCTION freshet_touch('person_id')`,
      )
    }
  })
})
