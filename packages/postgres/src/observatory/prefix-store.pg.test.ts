import { subjectKey } from '@freshet/protocol'
import { registerPrefixContract } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

registerPrefixContract('postgres', async () => {
  await run(`TRUNCATE ${TABLES}`)
  return {
    store: postgresPrefixStore(fresh.system),
    seedChange: (change) => seedChange(fresh.db, change),
    seedToken: async (jti) => void (await run(issuances('SELECT $1::text'), [jti])),
    seedClaim: async (...row) => void (await run(claims('SELECT $1::text, $2::text'), row)),
    seedQuarantined: async (id) => void (await run(quarantined('SELECT $1::text'), [id])),
    seedEntry: async (ref) => void (await run(entries('SELECT $1::text'), [ref])),
  }
})

describe(`the rows that a search reads of ${MANY} of each kind`, () => {
  const ids = (name: string) => `SELECT '${name}-' || n FROM generate_series(1, ${MANY}) n`
  const keyOf = (sub: string) => subjectKey({ tenant: 'acme', iss: 'https://idp', sub })
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
  const store = () => postgresPrefixStore(one)

  it.each([
    ['changes', () => store().changes('hr-19', 5)],
    ['tokens', () => store().tokens('token-19', 5)],
    ['subjects', () => store().subjects([keyOf('sub-19').slice(0, -2)], 5)],
    ['quarantined records', () => store().quarantined('parked-19', 5)],
    ['objects of the audit', () => store().audited('ref-19', 5)],
  ] as const)('are a few hundred: %s', async (_, search) => {
    // A plan of the worst case: the one that a connection keeps after five runs.
    for (let n = 0; n < 6; n += 1) expect(await search()).toHaveLength(5)
    expect(await reading(search)).toBeLessThanOrEqual(READ_MAX)
  })

  it('are all of them where the text can be anywhere in an id (control)', async () => {
    const text = `SELECT id FROM change_log WHERE strpos(id, 'hr-19') > 0 ORDER BY applied_at_ms LIMIT 5`
    expect(await reading(() => one.query({ name: '', text }))).toBeGreaterThan(MANY - 1)
  })
})
