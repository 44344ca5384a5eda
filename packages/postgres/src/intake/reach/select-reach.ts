import { EDGE_HEARD_WITHIN_MS } from '@freshet/protocol'
import type { Statement } from '../../connection/query.ts'

/** Outstanding tokens at $1 that match; `match` reads $2 (tenant, except of a policy) and $3. */
function selectReach(scope: ReachScope, match: string): Statement {
  return {
    name: `intake-select-reach-${scope}`,
    text: `
    SELECT count(*) AS tokens, count(DISTINCT subject) AS subjects, count(DISTINCT client) AS clients,
      (SELECT count(*) FROM edge
       WHERE reported_at_ms > $1::bigint - ${EDGE_HEARD_WITHIN_MS} AND state <> 'closing') AS edges
    FROM token WHERE exp_ms > $1 AND stale_at_ms IS NULL AND ${match}`,
  }
}

type ReachScope = 'value' | 'tenant' | 'client' | 'key' | 'session' | 'token' | 'policy'

/** Counts of the ledger by what a question is about. */
export const selectReachOf: Readonly<Record<ReachScope, Statement>> = {
  value: selectReach('value', 'tenant = $2 AND value_scopes @> ARRAY[$3::text]'),
  tenant: selectReach('tenant', 'tenant = $2 AND $3::text = tenant'),
  client: selectReach('client', 'tenant = $2 AND client = $3'),
  key: selectReach('key', 'tenant = $2 AND kid = $3'),
  session: selectReach('session', 'tenant = $2 AND sid = $3'),
  token: selectReach('token', 'tenant = $2 AND jti = $3'),
  policy: selectReach('policy', 'pv < $2::bigint'),
}

/** The row of a {@link selectReachOf} statement. */
export interface ReachRow {
  readonly tokens: bigint
  readonly subjects: bigint
  readonly clients: bigint
  readonly edges: bigint
}
