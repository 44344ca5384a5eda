import { subjectKey } from '@freshet/protocol'
import { loggedChange } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { postgresPrefixStore } from './prefix-store.ts'

const MANY = 20_000
/** A store reads at most 200 rows, and as many entries of the index. */
const READ_MAX = 401

let fresh: FreshDatabase
let one: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  const options = { url: fresh.url, applicationName: 'freshet-test', planOnce: true } as const
  one = createDatabase({ ...options, role: 'freshet_system', max: 1 })
})
afterAll(async () => {
  await one.close()
  await fresh.drop()
})

const run = (text: string, values: readonly unknown[] = []) =>
  fresh.db.query({ name: '', text }, values)
const TABLES = 'change_log, issuance, claim_state, quarantine, audit_entry'

/** Inserts an issuance for each id of a query of one column. */
const issuances = (ids: string): string => `
  INSERT INTO issuance (jti, tenant, subject, client, audience, kid, pv, registry_hash, e, s, c, iat_ms,
    exp_ms, claims, claims_digest, through)
  SELECT id, 'acme', '', 'web', 'payments', 'k', 1, '', 1, 1, 1, 0, 0, '{}', '', '{}' FROM (${ids}) n (id)`
const claims = (subjects: string): string => `
  INSERT INTO claim_state (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
  SELECT subject, claim, 'acme', 1, 'hr', 0, 0, '{}' FROM (${subjects}) n (subject, claim)`
const quarantined = (ids: string): string => `
  INSERT INTO quarantine (id, topic, partition, e, log_offset, at_ms, last_e, last_offset, last_at_ms,
    arrivals, code, rule, bytes)
  SELECT id, 't', 1, 1, 1, 1, 1, 1, 1, 1, 'c', 'r', 1 FROM (${ids}) n (id)`
const entries = (refs: string): string => `
  INSERT INTO audit_entry (stream, n, hash, kind, tenant, ref, at_ms, entry)
  SELECT 'control', (SELECT count(*) FROM audit_entry) + row_number() OVER (), '', 'k', 'acme', ref, 1, ''
  FROM (${refs}) n (ref)`

const store = () => postgresPrefixStore(fresh.system)
const keyOf = (sub: string): string => subjectKey({ tenant: 'acme', iss: 'https://idp', sub })
const beginOf = (sub: string): string => keyOf(sub).slice(0, -2)

describe('the ids that begin with a text', () => {
  const seed = (change: Parameters<typeof loggedChange>[0]): Promise<void> =>
    seedChange(fresh.db, loggedChange(change))
  beforeEach(async () => void (await run(`TRUNCATE ${TABLES}`)))

  test('changes by the beginning of their ids, each once, in their order', async () => {
    for (const id of ['hr-2', 'hr-11', 'iga-1', 'hr-1']) await seed({ id })
    await seed({ id: 'hr-1', partition: 4 })
    const found = await store().changes('hr-1', 10)
    const of = { tenant: 'acme', kind: 'claim', op: 'remove', claim: 'groups' }
    expect(found).toEqual([
      { id: 'hr-1', ...of, outcome: 'applied' },
      { id: 'hr-11', ...of, outcome: 'applied' },
    ])
    expect((await store().changes('hr-', 2)).map(({ id }) => id)).toEqual(['hr-1', 'hr-11'])
    expect(await store().changes('HR-1', 10)).toEqual([])
  })

  test('tokens, quarantined records and objects of the audit in the same way', async () => {
    for (const id of ['b-1', 'a-2', 'a-1']) {
      await run(issuances('SELECT $1::text'), [id])
      await run(quarantined('SELECT $1::text'), [id])
      for (const _ of [1, 2]) await run(entries('SELECT $1::text'), [id])
    }
    expect(await store().tokens('a', 10)).toEqual([
      { jti: 'a-1', tenant: 'acme', audience: 'payments' },
      { jti: 'a-2', tenant: 'acme', audience: 'payments' },
    ])
    expect(await store().quarantined('a-', 1)).toEqual([{ id: 'a-1', state: 'open' }])
    expect(await store().audited('a', 10)).toEqual(['a-1', 'a-2'])
  })

  test('subjects by the beginning of their keys, each once, however many claims they have', async () => {
    for (const sub of ['alice', 'alina', 'bob', 'al"x']) {
      for (const claim of ['groups', 'roles'])
        await run(claims('SELECT $1::text, $2::text'), [keyOf(sub), claim])
    }
    const found = (subs: readonly string[], limit: number) =>
      store().subjects(subs.map(beginOf), limit)
    expect(await found(['ali'], 10)).toEqual([keyOf('alice'), keyOf('alina')])
    expect(await found(['ali', 'b'], 10)).toEqual(['alice', 'alina', 'bob'].map(keyOf))
    expect(await found(['al"'], 10)).toEqual([keyOf('al"x')])
    expect(await found(['ali', 'b'], 1)).toEqual([keyOf('alice')])
    expect(await found([], 10)).toEqual([])
  })

  test('text that is a pattern elsewhere is text', async () => {
    await seed({ id: 'hr-1' })
    for (const text of ['%', '_r', 'hr%', '\\']) {
      expect(await store().changes(text, 10)).toEqual([])
    }
  })
})

describe(`the rows that a search reads of ${MANY} of each kind`, () => {
  const ids = (name: string) => `SELECT '${name}-' || n FROM generate_series(1, ${MANY}) n`
  beforeAll(async () => {
    await run(`TRUNCATE ${TABLES}`)
    await run(`
      INSERT INTO change_log (tenant, source, id, content_hash, e, partition, log_offset, kind, outcome,
        tightened, tokens_marked, occurred_at_ms, appended_at_ms, received_at_ms, applied_at_ms)
      SELECT 'acme', 'hr', id, 'h', 0, 1, 1, 'claim', 'applied', true, 1, 1, 1, 1, 1 FROM (${ids('hr')}) n (id)`)
    await run(issuances(ids('token')))
    await run(quarantined(ids('parked')))
    await run(entries(ids('ref')))
    await run(
      claims(`SELECT replace('${keyOf('@')}', '@', id), 'groups' FROM (${ids('sub')}) n (id)`),
    )
    await run(`ANALYZE ${TABLES}`)
  })
  const reading = (work: () => Promise<unknown>): Promise<number> =>
    rowsRead(
      { worker: one, catalogue: fresh.db },
      /^(change_log|issuance|claim_state|quarantine|audit_entry)/,
      work,
    )
  const search = () => postgresPrefixStore(one)

  it.each([
    ['changes', () => search().changes('hr-19', 5)],
    ['tokens', () => search().tokens('token-19', 5)],
    ['subjects', () => search().subjects([keyOf('sub-19').slice(0, -2)], 5)],
    ['quarantined records', () => search().quarantined('parked-19', 5)],
    ['objects of the audit', () => search().audited('ref-19', 5)],
  ] as const)('are a few hundred: %s', async (_, ask) => {
    // A plan of the worst case: the one that a connection keeps after five runs.
    for (let n = 0; n < 6; n += 1) expect(await ask()).toHaveLength(5)
    expect(await reading(ask)).toBeLessThanOrEqual(READ_MAX)
  })

  it('are all of them where the text can be anywhere in an id (control)', async () => {
    const text = `SELECT id FROM change_log WHERE strpos(id, 'hr-19') > 0 ORDER BY applied_at_ms LIMIT 5`
    expect(await reading(() => one.query({ name: '', text }))).toBeGreaterThan(MANY - 1)
  })
})
