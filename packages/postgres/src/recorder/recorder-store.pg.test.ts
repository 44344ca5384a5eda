import { publishedPolicyOf } from '@freshet/protocol'
import {
  acmeRegistry,
  registerRecorderContract,
  TOKEN_ISSUER,
  type RecorderUnderTest,
} from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { postgresIncarnationStore } from '../incarnation/incarnation-store.ts'
import { postgresReachStore } from '../intake/reach-store.ts'
import { postgresSourceStateStore } from '../intake/source-state.ts'
import { postgresSourceViewStore } from '../intake/source-view.ts'
import { postgresPublisherStore } from '../publisher/publisher-store.ts'
import { postgresMarkStore } from './marks/mark-store.ts'
import { postgresRecorderStore } from './recorder-store.ts'

const policy = publishedPolicyOf(acmeRegistry())
let fresh: FreshDatabase

beforeAll(async () => {
  fresh = await freshDatabase()
  await run(`CREATE TABLE token_all PARTITION OF token FOR VALUES FROM (minvalue) TO (maxvalue)`)
})
afterAll(() => fresh.drop())

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

async function lines(text: string): Promise<readonly string[]> {
  const { rows } = await fresh.db.query<{ line: string }>({ name: '', text })
  return rows.map(({ line }) => line)
}

const DIGEST = `
  SELECT line FROM (
    SELECT concat_ws(' ', 'claim', '["s",' || ltrim(rtrim(subject, ']'), '[') || ',"' || claim || '"]',
      source, floor_epoch, floor_n, elements) AS line FROM claim_state
    UNION ALL SELECT concat_ws(' ', 'account', a.*) FROM account_state a
    UNION ALL SELECT concat_ws(' ', 'withdrawn', w.*) FROM withdrawn_value w
    UNION ALL SELECT concat_ws(' ', 'doubt', subject, claim, e, partition, log_offset,
      CASE WHEN raised AND NOT settled THEN 'raised' ELSE 'settled' END) FROM doubt
    UNION ALL SELECT concat_ws(' ', 'watermark', scope_key, e, position, time_ms) FROM watermark
    UNION ALL SELECT concat_ws(' ', 'denial', denial_key) FROM denial
    UNION ALL SELECT concat_ws(' ', 'feed', f.*) FROM feed f
    UNION ALL SELECT concat_ws(' ', 'progress', p.*) FROM progress p) AS state
  ORDER BY line`

registerRecorderContract('postgres', async (): Promise<RecorderUnderTest> => {
  await run(
    emptied(`progress, claim_state, account_state, withdrawn_value, doubt, watermark,
    denial, feed, feed_refusal, missed_change, change_log, outbox, stamp, token, token_mark, registry_version,
    audit_pending, edge, publisher`),
  )
  return {
    store: postgresRecorderStore(fresh.system),
    incarnations: postgresIncarnationStore(fresh.system),
    marks: postgresMarkStore(fresh.system),
    view: postgresSourceViewStore(fresh.tenants),
    states: postgresSourceStateStore(fresh.tenants),
    reach: postgresReachStore(fresh.system, TOKEN_ISSUER),
    publisher: postgresPublisherStore(fresh.system, () => policy, 1),
    digest: () => lines(DIGEST),
    changes: () =>
      lines(`SELECT concat_ws(' ', partition, id, outcome, tokens_marked) AS line FROM change_log
        WHERE source <> 'freshet' ORDER BY line`),
    outbox: () =>
      lines(`SELECT concat_ws(' ', topic, partition, coalesce(change, '-')) AS line FROM outbox
        ORDER BY id`),
    denials: () =>
      lines(`SELECT concat_ws(' ', kind, target, recorded_at_ms, coalesce(exp_ms::text, 'open'), change)
        AS line FROM denial ORDER BY line`),
    audited: () =>
      lines(`SELECT concat_ws(' ', j->>'kind', j->>'ref', j->>'by') AS line
        FROM (SELECT id, entry::json AS j FROM audit_pending) AS e ORDER BY id`),
    stamps: () =>
      lines(`SELECT concat_ws(' ', source, id, partition, number,
        CASE WHEN acknowledged THEN 'true' ELSE 'false' END) AS line FROM stamp ORDER BY line`),
    setProgress: ({ nextOffset = null, e = null }) =>
      run(`UPDATE progress SET next_offset = coalesce($1, next_offset), e = coalesce($2, e)`, [
        nextOffset,
        e,
      ]),
    marksLeft: async () => (await lines('SELECT id::text AS line FROM token_mark')).length,
    plantMark: (tenant) =>
      run(
        `INSERT INTO token_mark (kind, tenant, target, e, position, reason, source, change, partition,
           at_ms, wide)
         VALUES ('session', $1, 'none', 1, NULL, 'session-denied', 'hr', 'c1', 0, 5, false)`,
        [tenant],
      ),
    plantEdge: (edge, state, reportedAtMs) =>
      run(
        `INSERT INTO edge (edge, audience, version, state, reported_at_ms, partitions)
         VALUES ($1, 'payments', '0', $2, $3, '[]')`,
        [edge, state, reportedAtMs],
      ),
    plantToken: (token) =>
      run(
        `INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, actors, actor_positions, client,
           audience, kid, sid, pv, e, s, c, claims, value_scopes)
         VALUES ($1, 'acme', 1, 0, $2, $3, $4, $5, 'payments', $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          token.jti,
          token.subject,
          token.actors ?? [],
          token.actorPositions ?? [],
          token.client ?? 'app',
          token.kid ?? 'k1',
          token.sid ?? null,
          token.pv ?? 1,
          token.e,
          token.s,
          token.c,
          token.claims,
          token.valueScopes ?? [],
        ],
      ),
    stale: () =>
      lines(`SELECT concat_ws(' ', jti, stale_reason, stale_change) AS line FROM token
        WHERE stale_at_ms IS NOT NULL ORDER BY line`),
    staleSince: () =>
      lines(`SELECT concat_ws(' ', jti, stale_at_ms) AS line FROM token
        WHERE stale_at_ms IS NOT NULL ORDER BY line`),
  }
})
