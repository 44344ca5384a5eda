import { registerPruneContract, type AgedKind } from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { postgresPruneStore } from './prune-store.ts'

const denial = (kind: string, expMs: number | null): string =>
  `INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms, exp_ms, recorded_at_ms)
   VALUES ($1, 'acme', '${kind}', 't', 'security', 'c', 0, ${expMs}, $2)`
const denials = (condition: string): string =>
  `SELECT denial_key AS name FROM denial WHERE ${condition} ORDER BY name`

const INSERTS: Readonly<Record<AgedKind, string>> = {
  marks: `INSERT INTO token_mark (change, at_ms, kind, tenant, target, e, reason, source, partition, wide)
    VALUES ($1, $2, 'key', 'acme', 'k1', 1, 'key-denied', 'hr', 0, true)`,
  watermarks: `INSERT INTO watermark (scope_key, tenant, partition, e, position, source, change,
    time_ms, raised_at_ms) VALUES ($1, 'acme', 1, 1, 1, 'hr', 'c', 0, $2)`,
  changes: `INSERT INTO change_log (id, tenant, source, content_hash, e, partition, log_offset, kind,
    outcome, tightened, occurred_at_ms, appended_at_ms, received_at_ms, applied_at_ms)
    VALUES ($1, 'acme', 'hr', 'h', 1, 1, $2, 'claim', 'applied', false, 0, 0, 0, $2)`,
  issuances: `INSERT INTO issuance (jti, tenant, subject, client, audience, kid, pv, registry_hash,
    e, s, c, iat_ms, exp_ms, claims, claims_digest, through)
    VALUES ($1, 'acme', 's', 'web', 'payments', 'k1', 1, 'h', 1, 1, 1, 0, $2, '{}', 'd', '{}')`,
  foreign: `INSERT INTO foreign_token (issuer, jti, tenant, subject, client, audience, kid, iat_ms,
    exp_ms, margin_ms, claims, scope_keys, denial_keys)
    VALUES ('sts', $1, 'acme', 's', 'web', 'payments', 'k1', 0, $2, 5, '{}', '{}', '{}')`,
  'ended-tokens': denial('token', 9_000),
  tokens: denial('token', null),
  sessions: denial('session', null),
  keys: denial('key', null),
  feeds: `INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted)
    VALUES ($1, 'hr', 1, 1, '{}', $2, false)`,
  parked: `INSERT INTO quarantine (id, topic, partition, e, log_offset, at_ms, last_e, last_offset,
    last_at_ms, arrivals, code, rule, bytes) VALUES ($1, 't', 1, 1, 1, 0, 1, 1, $2, 1, 'c', 'r', 1)`,
}
const NAMES: Readonly<Record<AgedKind, string>> = {
  marks: 'SELECT change AS name FROM token_mark ORDER BY name',
  watermarks: 'SELECT scope_key AS name FROM watermark ORDER BY name',
  changes: 'SELECT id AS name FROM change_log ORDER BY name',
  issuances: 'SELECT jti AS name FROM issuance ORDER BY name',
  foreign: 'SELECT jti AS name FROM foreign_token ORDER BY name',
  feeds: 'SELECT tenant AS name FROM feed ORDER BY name',
  parked: 'SELECT id AS name FROM quarantine ORDER BY name',
  'ended-tokens': denials('exp_ms IS NOT NULL'),
  tokens: denials("kind = 'token' AND exp_ms IS NULL"),
  sessions: denials("kind = 'session'"),
  keys: denials("kind = 'key'"),
}

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

registerPruneContract('postgres', async () => {
  const run = (text: string, values: readonly unknown[] = []) =>
    database.db.query<{ name: string }>({ name: '', text }, values)
  await run(
    emptied('watermark, change_log, issuance, quarantine, foreign_token, denial, token_mark, feed'),
  )
  return {
    store: postgresPruneStore(database.system),
    add: async (kind, name, atMs) => void (await run(INSERTS[kind], [name, atMs])),
    async addFeed({ tenant, source, throughMs = 10, halted = false, open = false }) {
      const text = `INSERT INTO feed
          (tenant, source, partition, complete, beyond, through_ms, halted, snapshot_epoch, snapshot_n)
        VALUES ($1, $2, 1, 1, '{}', $3, $4, $5, $5)`
      await run(text, [tenant, source, throughMs, halted, open ? 1 : null])
    },
    left: async (kind) => (await run(NAMES[kind])).rows.map(({ name }) => name),
  }
})
