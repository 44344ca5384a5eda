import type { MintQuery, ValidationQuery } from '@freshet/authority'
import { denialKey, scopeKey, subjectKey, type Subject } from '@freshet/protocol'
import { MINT_CONTRACT_NOW_MS, mintedToken } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { postgresMintStore } from './mint-store.ts'
import { postgresTokenPartitions } from './token-partitions.ts'
import { postgresValidationStore } from './recheck.ts'

const PEOPLE = 1_000
/** Rows and entries of indexes that one mint and one validation may read, of tables of tenants. */
const READ_MAX = 60
const TABLES =
  /^(claim_state|account_state|doubt|withdrawn_value|watermark|denial|feed|issuance|token.*)$/

const person = (n: number): Subject => ({ tenant: 'acme', iss: 'https://idp.example', sub: `${n}` })
const subject = person(7)
const denial = { tenant: 'acme', kind: 'key', id: 'k7' } as const
const query: MintQuery = {
  tenant: 'acme',
  parties: [subject],
  claims: ['groups'],
  sources: ['hr'],
  denials: [denial],
}
const recheckQuery = {
  tenant: 'acme',
  partitions: [0, 1],
  scopeKeys: [scopeKey({ kind: 'subject', subject, claim: 'groups' })],
  denialKeys: [denialKey(denial)],
  sources: ['hr'],
}
const validation: ValidationQuery = {
  ...recheckQuery,
  identity: {
    jti: 'first',
    client: 'web',
    sid: null,
    kid: 'k1',
    pv: 3,
    subject: subjectKey(subject),
    actors: [],
    actorPositions: [],
    e: 1n,
    s: 1n,
    c: 1n,
    valueScopes: [],
  },
  expMs: MINT_CONTRACT_NOW_MS,
  wantedState: { parties: [subject], claims: ['groups'] },
}

let fresh: FreshDatabase
let tenants: Database
const run = async (text: string, values: readonly unknown[] = []) =>
  (await fresh.db.query<Record<string, unknown>>({ name: '', text }, values)).rows

beforeEach(async () => {
  fresh = await freshDatabase()
  const partitions = postgresTokenPartitions(fresh.ledger)
  await partitions.ensure(MINT_CONTRACT_NOW_MS, MINT_CONTRACT_NOW_MS + 600_000)
  const options = { url: fresh.url, applicationName: 'freshet-test', planOnce: true } as const
  tenants = createDatabase({ ...options, max: 1, role: 'freshet_tenant' })
})
afterEach(async () => {
  await tenants.close()
  await fresh.drop()
})

/**
 * A thousand people of one tenant, each with all state that a mint needs, and as many rows of everything
 * else.
 */
async function plantPeople(): Promise<void> {
  const keys = Array.from({ length: PEOPLE }, (_, n) => subjectKey(person(n)))
  await run(
    `WITH person AS (SELECT * FROM unnest($1::text[]) WITH ORDINALITY AS p (subject, n)),
      claims AS (INSERT INTO claim_state
        SELECT subject, 'groups', 'acme', 1, 'hr', 0, 0, '{"\\"a\\"": ["0", "1", true]}' FROM person),
      accounts AS (INSERT INTO account_state SELECT subject, 'acme', 'enabled', 0, 0, 0, 0 FROM person),
      doubts AS (INSERT INTO doubt (subject, claim, e, partition, log_offset, raised, settled)
        SELECT subject, 'groups', 1, 1, n, true, false FROM person),
      values AS (INSERT INTO withdrawn_value SELECT 'acme', 'groups', n::text, 0, 0, 0 FROM person),
      denials AS (INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms)
        SELECT n::text, 'acme', 'key', n::text, 'hr', 'c', 0 FROM person)
    INSERT INTO watermark
      (scope_key, tenant, partition, e, position, source, change, time_ms, raised_at_ms)
    SELECT subject, 'acme', 1, 1, 1, 'hr', 'c', 0, 0 FROM person`,
    [keys],
  )
}

/** One mint, and one validation of what it minted. */
async function mintAndValidate(jti: string): Promise<void> {
  const store = postgresMintStore(tenants)
  const { parties } = await store.snapshot(query)
  expect(parties[0].known).toBe((await run('SELECT FROM claim_state')).length > 0)
  const minted = mintedToken(jti)
  await store.recordAndRecheck(minted, recheckQuery)
  await store.withhold(
    { jti, expMs: minted.expMs, audit: minted.audit },
    { atMs: 1, reason: 'subject', source: 'hr', change: 'c' },
  )
  await postgresValidationStore(tenants).recheckToValidate(validation)
}

const readBy = (work: () => Promise<void>): Promise<number> =>
  rowsRead({ worker: tenants, catalogue: fresh.db }, TABLES, work)

describe('work for one subject of a tenant reads rows of that subject alone', () => {
  it.each([
    ['planned while the tables were empty', ['first'], false],
    ['planned while nobody had counted their rows', [], false],
    ['planned when they were counted', [], true],
  ])('%s', async (_, before, isCounted) => {
    for (const jti of before) await mintAndValidate(jti)
    await plantPeople()
    if (isCounted) await run('ANALYZE')
    expect(await readBy(() => mintAndValidate('j1'))).toBeLessThan(READ_MAX)
  })

  it('reads all of the tenant where an index answers to the policy (control)', async () => {
    await run(`ALTER POLICY tenant ON claim_state
      USING (tenant = nullif(current_setting('freshet.tenant', true), ''))`)
    await run('CREATE INDEX ON claim_state (tenant)')
    await plantPeople()
    expect(await readBy(() => mintAndValidate('j1'))).toBeGreaterThan(PEOPLE)
  })
})
