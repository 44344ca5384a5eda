import type { PoolClient } from 'pg'
import { beforeAll, expect, it } from 'vitest'
import { freshDatabase } from '../../../../test/setup/database.ts'
import { readMigrations, type Migration } from './migration-files.ts'
import { stepName } from './migration-status.ts'
import { STEP_EFFECTS, type StepEffect } from './step-effects.ts'

const TABLES = `SELECT relname::text AS name, relfilenode::text AS file FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`
/** The strongest locks first: those of the step's own transaction on tables. */
const LOCKS = `SELECT DISTINCT c.relname::text AS name, l.mode FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation
  WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p')`
/**
 * Everything that a statement of an earlier build depends on, one text for each fact, behind the name of its
 * table. A fact that disappears was changed.
 */
const FACTS = `
  SELECT c.relname::text AS name, fact FROM pg_class c CROSS JOIN LATERAL (
    SELECT 'kind ' || c.relkind::text || pg_get_userbyid(c.relowner)
      || c.relrowsecurity || c.relforcerowsecurity
    UNION ALL SELECT CASE WHEN a.attnotnull AND d.oid IS NULL AND a.attidentity = ''
        THEN 'required ' ELSE 'column ' END || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || a.attgenerated::text || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT 'constraint ' || conname || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE conrelid = c.oid AND contype <> 'n'
    UNION ALL SELECT CASE WHEN indisunique THEN 'unique ' ELSE 'index ' END
        || pg_get_indexdef(indexrelid)
      FROM pg_index WHERE indrelid = c.oid
    UNION ALL SELECT 'policy ' || polname || polcmd::text || polroles::text
        || coalesce(pg_get_expr(polqual, polrelid), '')
        || coalesce(pg_get_expr(polwithcheck, polrelid), '')
      FROM pg_policy WHERE polrelid = c.oid
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid)
      FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal
    UNION ALL SELECT 'right ' || grantee::text || privilege_type FROM aclexplode(c.relacl)
  ) AS facts (fact)
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')`
/** Each index by its id, which a constraint that takes it over keeps. */
const INDEXES = `SELECT i.indexrelid::text AS id, t.relname::text AS name FROM pg_index i
  JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace`
/** The last step of the time before the mark `-- concurrently`. */
const LAST_UNMARKED = 50
/** An earlier build ignores these facts of a table that it knows. */
const IGNORED = /^(?:column|index|right) /

interface Seen {
  readonly files: ReadonlyMap<string, string>
  readonly facts: ReadonlySet<string>
  readonly indexes: ReadonlyMap<string, string>
}

/** The measured effects, and the tables on which a step built an index while it held them. */
interface Measured {
  readonly effects: Record<string, StepEffect>
  readonly indexed: Record<string, readonly string[]>
}

async function see(client: PoolClient): Promise<Seen> {
  const tables = await client.query<{ name: string; file: string }>(TABLES)
  const facts = await client.query<{ name: string; fact: string }>(FACTS)
  const indexes = await client.query<{ id: string; name: string }>(INDEXES)
  return {
    indexes: new Map(indexes.rows.map(({ id, name }) => [id, name])),
    files: new Map(tables.rows.map(({ name, file }) => [name, file])),
    facts: new Set(facts.rows.map(({ name, fact }) => `${name}\n${fact}`)),
  }
}

/** Applies a step as a migration does, and returns its locks. Outside a transaction it holds none at its end. */
async function locksOf(
  client: PoolClient,
  { sql, concurrent }: Migration,
): Promise<readonly Lock[]> {
  if (concurrent !== undefined) {
    await client.query(sql)
    return []
  }
  await client.query('BEGIN')
  await client.query(sql)
  const { rows } = await client.query<Lock>(LOCKS)
  await client.query('COMMIT')
  return rows
}

interface Lock {
  readonly name: string
  readonly mode: string
}

/** Applies a step and adds its effect on the tables before it. */
async function measure(client: PoolClient, step: Migration, measured: Measured): Promise<void> {
  const before = await see(client)
  const rows = await locksOf(client, step)
  const after = await see(client)
  measured.effects[stepName(step)] = effectOf(before, rows, after)
  const made = [...after.indexes].filter(
    ([id, name]) => !before.indexes.has(id) && before.files.has(name),
  )
  if (made.length > 0 && step.concurrent === undefined)
    measured.indexed[stepName(step)] = made.map(([, name]) => name)
}

function effectOf(before: Seen, rows: readonly Lock[], after: Seen): StepEffect {
  const lockedBy = (...modes: string[]): string[] => {
    const named = rows.filter(({ name, mode }) => before.files.has(name) && modes.includes(mode))
    return [...new Set(named.map(({ name }) => name))].toSorted()
  }
  const closed = lockedBy('AccessExclusiveLock')
  const readOnly = lockedBy('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock').filter(
    (name) => !closed.includes(name),
  )
  const rewritten = [...before.files]
    .filter(([name, file]) => (after.files.get(name) ?? file) !== file)
    .map(([name]) => name)
    .toSorted()
  const additive = onlyAdds(before, after) && lockedBy('RowExclusiveLock').length === 0
  return { additive, closed, readOnly, rewritten }
}

function onlyAdds(before: Seen, after: Seen): boolean {
  const isKept = [...before.facts].every((fact) => after.facts.has(fact))
  const added = [...after.facts].filter((each) => !before.facts.has(each))
  return (
    isKept &&
    added.every((each) => {
      const [name = '', fact = ''] = each.split('\n')
      return !before.files.has(name) || IGNORED.test(fact)
    })
  )
}

async function measureAll(steps: readonly Migration[]): Promise<Measured> {
  const fresh = await freshDatabase({ migrated: false, max: 1 })
  try {
    // The tables of the record of migrations exist before every step.
    await fresh.db.query({
      name: '',
      text: `CREATE TABLE freshet_migration (number int PRIMARY KEY, name text NOT NULL,
        sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    })
    const client = await fresh.db.pool.connect()
    const measured: Measured = { effects: {}, indexed: {} }
    for (const step of steps) await measure(client, step, measured)
    client.release()
    return measured
  } finally {
    await fresh.drop()
  }
}

let measured: Measured
beforeAll(async () => {
  measured = await measureAll(await readMigrations())
})

it('the effect of each step is the one that a real server shows', () => {
  expect(measured.effects).toEqual(STEP_EFFECTS)
})

it('an index on a table of an earlier step is built by a step that is marked -- concurrently', () => {
  const late = Object.keys(measured.indexed).filter(
    (name) => Number(name.slice(0, 4)) > LAST_UNMARKED,
  )
  expect(late).toEqual([])
  // Control: earlier steps did so, and are found.
  expect(Object.keys(measured.indexed)).toContain('0034_applies_of_groups')
})

it('a step that earlier builds can ignore only adds', async () => {
  const expanding = (await readMigrations()).filter(({ expands }) => expands).map(stepName)
  expect(expanding).toContain('0050_expanding_steps')
  expect(expanding.filter((name) => STEP_EFFECTS[name]?.additive !== true)).toEqual([])
})

const first = { expands: false, number: 1, name: 'first', sha256: '' }
const TABLE = 'CREATE TABLE a (id int PRIMARY KEY, text text)'

it.each<[string, string, Partial<StepEffect>]>([
  [
    'a column that can be absent',
    'ALTER TABLE a ADD COLUMN b int',
    { additive: true, closed: ['a'] },
  ],
  ['an index', 'CREATE INDEX ON a (text)', { additive: true, readOnly: ['a'] }],
  ['another table', 'CREATE TABLE b (id int NOT NULL UNIQUE)', { additive: true, closed: [] }],
  ['a required column', 'ALTER TABLE a ADD COLUMN b int NOT NULL', { additive: false }],
  ['a unique index', 'CREATE UNIQUE INDEX ON a (text)', { additive: false }],
  ['a removed column', 'ALTER TABLE a DROP COLUMN text', { additive: false }],
  ['a removed table', 'DROP TABLE a', { additive: false }],
  ['a condition', 'ALTER TABLE a ADD CHECK (id > 0)', { additive: false }],
  ['row-level security', 'ALTER TABLE a ENABLE ROW LEVEL SECURITY', { additive: false }],
  ['a changed row', `UPDATE a SET text = 'x'`, { additive: false, closed: [] }],
  [
    'a copy of all rows',
    'ALTER TABLE a ALTER id TYPE bigint',
    { additive: false, rewritten: ['a'] },
  ],
])('control: %s is found', async (_, sql, effect) => {
  const steps = [
    { ...first, sql: TABLE },
    { ...first, number: 2, name: 'second', sql },
  ]
  expect((await measureAll(steps)).effects['0002_second']).toMatchObject(effect)
})

const CONCURRENT = 'CREATE UNIQUE INDEX CONCURRENTLY b ON a (text)'
it.each<[string, string, readonly string[]]>([
  ['in its step', 'CREATE INDEX ON a (text)', ['0002_second']],
  ['by a constraint', 'ALTER TABLE a ADD UNIQUE (text)', ['0002_second']],
  ['on a table of its step', 'CREATE TABLE b (id int); CREATE INDEX ON b (id)', []],
  ['by a constraint that takes over an index', 'ALTER TABLE a ADD UNIQUE USING INDEX b', []],
])('control: an index %s is reported, or not, as a lock of its table', async (_, sql, named) => {
  const concurrent = {
    ...first,
    number: 3,
    sql: CONCURRENT,
    concurrent: { index: 'b', table: 'a' },
  }
  const second = { ...first, number: 2, name: 'second', sql }
  const isAfter = sql.includes('USING INDEX')
  const steps = isAfter ? [concurrent, second] : [second]
  const { indexed } = await measureAll([{ ...first, sql: TABLE }, ...steps])
  expect(Object.keys(indexed)).toEqual(named)
})
