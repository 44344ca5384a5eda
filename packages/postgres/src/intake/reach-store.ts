import { valueScopeKey, EDGE_REPORTED_WITHIN_MS } from '@freshet/protocol'
import type { Reach, ReachQuestion, ReachStore } from '@freshet/intake'
import type { Database } from '../connection/pool.ts'
import type { Statement } from '../connection/query.ts'

/** Outstanding tokens at $1 that match; `match` reads $2 (tenant, except of a policy) and $3. */
function selectReach(scope: ReachScope, match: string): Statement {
  return {
    name: `intake-select-reach-${scope}`,
    text: `
    SELECT count(*) AS tokens, count(DISTINCT subject) AS subjects, count(DISTINCT client) AS clients,
      (SELECT count(*) FROM edge
       WHERE reported_at_ms > $1::bigint - ${EDGE_REPORTED_WITHIN_MS} AND state <> 'closing') AS edges
    FROM token WHERE exp_ms > $1 AND stale_at_ms IS NULL AND ${match}`,
  }
}

type ReachScope = 'value' | 'tenant' | 'client' | 'key' | 'session' | 'token' | 'policy'

/** Counts of the ledger by what a question is about. */
const selectReachOf: Readonly<Record<ReachScope, Statement>> = {
  value: selectReach('value', 'tenant = $2 AND value_scopes @> ARRAY[$3::text]'),
  tenant: selectReach('tenant', 'tenant = $2 AND $3::text = tenant'),
  client: selectReach('client', 'tenant = $2 AND client = $3'),
  key: selectReach('key', 'tenant = $2 AND kid = $3'),
  session: selectReach('session', 'tenant = $2 AND sid = $3'),
  token: selectReach('token', 'tenant = $2 AND jti = $3'),
  policy: selectReach('policy', 'pv < $2::bigint'),
}

/** The row of a {@link selectReachOf} statement. */
interface ReachRow {
  readonly tokens: bigint
  readonly subjects: bigint
  readonly clients: bigint
  readonly edges: bigint
}

const NOTHING: Reach = { tokens: 0, subjects: 0, clients: 0, edges: 0 }

/** Counts in the token ledger in Postgres. `issuer` is that of the ledger's tokens. */
export function postgresReachStore(db: Database, issuer: string): ReachStore {
  return {
    reach: async (question, nowMs) => {
      const [scope, ...values] = parametersOf(question)
      if (scope === 'issuer') return NOTHING
      const statement = selectReachOf[scope]
      const { rows } = await db.query<ReachRow & Record<string, unknown>>(statement, [
        nowMs,
        ...values,
      ])
      const [row] = rows
      if (row === undefined) return NOTHING
      const { tokens, subjects, clients, edges } = row
      return {
        tokens: Number(tokens),
        subjects: Number(subjects),
        clients: Number(clients),
        edges: Number(edges),
      }
    },
  }

  /** The ledger holds tokens of our own issuer only: a denial of it concerns all of a tenant's. */
  function parametersOf(
    question: ReachQuestion,
  ): readonly [keyof typeof selectReachOf | 'issuer', ...(string | number)[]] {
    if (question.scope === 'policy') return ['policy', question.minimum]
    const { tenant } = question
    if (question.scope === 'value') {
      return ['value', tenant, valueScopeKey(tenant, question.claim, question.value)]
    }
    if (question.scope === 'issuer' && question.target === issuer) return ['tenant', tenant, tenant]
    return [question.scope, tenant, question.target]
  }
}
