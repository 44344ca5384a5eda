import { denialKey, FreshetError, partitionOf, scopeKey, subjectKey } from '@freshet/protocol'
import { decodeAuditEntry } from '@freshet/wire'
import {
  MINT_CONTRACT_NOW_MS,
  registerMintContract,
  registerValidationContract,
  walkTo,
  type MintSeed,
  type MintStoreUnderTest,
} from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { postgresAuditReader } from '../audit/audit-reader.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import type { Flights, Queryable } from '../connection/query.ts'
import { storedEnding } from '../recorder/rows/feed-rows.ts'
import { postgresMintStore } from './mint-store.ts'
import { postgresTokenPartitions } from './token-partitions.ts'
import { postgresValidationStore } from './recheck.ts'

let fresh: FreshDatabase
type Fault = 'before-commit' | 'unknown'
const faults: Fault[] = []

beforeAll(async () => {
  fresh = await freshDatabase()
  const partitions = postgresTokenPartitions(fresh.ledger)
  await partitions.ensure(MINT_CONTRACT_NOW_MS, MINT_CONTRACT_NOW_MS + 600_000)
})
afterAll(() => fresh.drop())

/** The server does what it is asked; what fails is the way to it, or the way back. */
const faulty = (db: Queryable): Queryable => ({
  async query(statement, values) {
    const fault = faults.shift()
    const lost = new FreshetError('database.unavailable', 'No answer: planned fault.')
    if (fault === 'before-commit') throw lost
    const rows = await db.query(statement, values)
    if (fault === 'unknown') throw lost
    return rows as never
  },
})

const faultyFlights = (db: Flights): Flights => ({
  ...faulty(db),
  inOneFlight: (send) => db.inOneFlight((flight) => send(faulty(flight))),
})

const faultyTenants = (db: Database) => ({
  ...db,
  ofTenant: (tenant: string) => faultyFlights(db.ofTenant(tenant)),
})

const run = (text: string, values: unknown[] = []) =>
  fresh.db.query<Record<string, unknown>>({ name: '', text }, values)

/** A caller that finds a token by its id alone spans tenants. */
const withFinding = (store: ReturnType<typeof postgresMintStore>): typeof store => ({
  ...store,
  find: (jti, issuer) => postgresMintStore(fresh.system).find(jti, issuer),
})

const make = async (): Promise<MintStoreUnderTest> => {
  await run(
    emptied(`progress, claim_state, account_state, doubt, withdrawn_value, feed, watermark,
    denial, token, issuance, audit_pending`),
  )
  return {
    store: withFinding(postgresMintStore(faultyTenants(fresh.tenants))),
    validation: postgresValidationStore(faultyTenants(fresh.tenants)),
    seed: plant,
    async issuance(jti) {
      const text = `select withheld, claims, claims_digest as "claimsDigest",
        registry_hash as "registryHash", salt, through from issuance where jti = $1`
      return (await run(text, [jti])).rows[0] as never
    },
    audit: postgresAuditReader(fresh.system),
    async audited() {
      const { rows } = await run('select entry from audit_pending order by id')
      return rows.map(({ entry }) => decodeAuditEntry(String(entry)))
    },
    failNext: (fault: Fault) => faults.push(fault),
  }
}
registerMintContract('postgres', make)
registerValidationContract('postgres', make)

test('rule 40: a copy that follows the primary vouches for nothing', async () => {
  const { validation } = await make()
  const query = { tenant: 'acme', expMs: MINT_CONTRACT_NOW_MS, partitions: [], sources: [] }
  const token = { jti: 'j1', client: 'web', sid: null, kid: 'k1', pv: 1 }
  const label = { subject: '', actors: [], actorPositions: [], e: 1n, s: 1n, c: 1n }
  const identity = { ...token, ...label, valueScopes: [] }
  const validated = { ...query, identity, scopeKeys: [], denialKeys: [] }
  expect(await validation.recheckToValidate(validated)).toMatchObject({ isKnown: false })
  await using copy = await statusBy()
  const late = postgresValidationStore(copy)
  await expect(late.recheckToValidate(validated)).rejects.toMatchObject({
    code: 'database.read-only',
  })
})

/** The same database by a server that reports that it follows another. */
async function statusBy(): Promise<Database> {
  await run('create schema standby')
  await run(`create function standby.pg_is_in_recovery() returns boolean return true`)
  const url = new URL(fresh.url)
  url.searchParams.set('options', '-c search_path=standby,pg_catalog,public')
  return createDatabase({ url: url.href, max: 1, applicationName: 'freshet-test' })
}

async function plant(seed: MintSeed): Promise<void> {
  for (const row of seed.progress ?? []) {
    await run(
      `insert into progress (partition, e, next_offset, active_pv, active_hash, minimum_pv)
       values ($1, $2, $3, $4, $5, $6)`,
      [row.partition, row.e, row.nextOffset, row.activePv, row.activeHash, row.minimumPv],
    )
  }
  for (const { subject, claim, source, state } of seed.claims ?? []) {
    const elements = [...state.elements].map(([key, { version, present }]) => [
      key,
      [String(version.epoch), String(version.n), present],
    ])
    await run(
      `insert into claim_state (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        subjectKey(subject),
        claim,
        subject.tenant,
        partitionOf(subject),
        source,
        state.floor.epoch,
        state.floor.n,
        JSON.stringify(Object.fromEntries(elements)),
      ],
    )
  }
  for (const { subject, state } of seed.accounts ?? []) {
    const { version, deletedFloor: floor } = state
    await run(
      `insert into account_state
         (subject, tenant, state, epoch, n, deleted_epoch, deleted_n, source, deleted_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        subjectKey(subject),
        subject.tenant,
        state.state,
        version.epoch,
        version.n,
        floor.epoch,
        floor.n,
        state.source,
        state.deletedBy,
      ],
    )
  }
  await plantRest(seed)
}

async function plantRest(seed: MintSeed): Promise<void> {
  for (const row of seed.doubts ?? []) {
    await run(
      `insert into doubt (subject, claim, e, partition, log_offset, raised, settled)
       values ($1, $2, 1, 1, $3, $4, $5)`,
      [subjectKey(row.subject), row.claim, row.offset, row.raised, row.settled],
    )
  }
  for (const { tenant, claim, value, version } of seed.withdrawn ?? []) {
    await run(
      `insert into withdrawn_value (tenant, claim, value, epoch, n, at_ms)
       values ($1, $2, $3, $4, $5, 0)`,
      [tenant, claim, value, version.epoch, version.n],
    )
  }
  for (const row of seed.feeds ?? []) {
    await run(
      `insert into feed (tenant, source, partition, complete, beyond, through_ms, halted, ending)
       values ($1, $2, $3, 0, '{}', $4, false, $5)`,
      [
        row.tenant,
        row.source,
        row.partition,
        row.throughMs,
        row.walksTo ? storedEnding(walkTo(row.walksTo)) : null,
      ],
    )
  }
  for (const { scope, position, source, change, timeMs = 0 } of seed.watermarks ?? []) {
    await run(
      `insert into watermark (scope_key, tenant, partition, e, position, source, change, time_ms, raised_at_ms)
       values ($1, 'acme', 0, $2, $3, $4, $5, $6, 0)`,
      [scopeKey(scope), position.e, position.offset, source, change, timeMs],
    )
  }
  for (const { denial, change } of seed.denials ?? []) {
    await run(
      `insert into denial (denial_key, tenant, kind, target, source, change, at_ms)
       values ($1, $2, $3, $4, 'security', $5, 0)`,
      [denialKey(denial), denial.tenant, denial.kind, denial.id, change],
    )
  }
}

describe('a pool that plans once', () => {
  test('plans a mint by its shape, not anew for each subject', async () => {
    const options = { url: fresh.url, applicationName: 'freshet-test', max: 1 }
    const setting = async (planOnce: boolean): Promise<unknown> => {
      await using db = createDatabase({ ...options, planOnce })
      const text = `select current_setting('plan_cache_mode') as mode`
      return (await db.query({ name: '', text })).rows[0]?.['mode']
    }
    expect(await setting(true)).toBe('force_generic_plan')
    expect(await setting(false)).toBe('auto')
  })
})
