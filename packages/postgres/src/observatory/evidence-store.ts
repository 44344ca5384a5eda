import type { ClaimValue } from '@freshet/protocol'
import type {
  EvidenceStore,
  HeldToken,
  HolderPage,
  HolderQuestion,
  OutstandingTokens,
  RecordedToken,
  DecisionFigures,
  TokenFigures,
} from '@freshet/insight'
import { QUARTER_MS, quarterOf } from '../authority/partition-names.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { LEDGER_ENTRY } from './observatory-store.ts'

/** No token lives longer, so who was held at a time expired at most so long after it. */
const LIFE_MAX_MS = 86_400_000

const COLUMNS = `jti, subject, audience, client, iat_ms, exp_ms, claims, pv,
  stale_at_ms, stale_reason, stale_source, stale_change, NULL AS issuer`

/** With the values of the question, so that partitions of other times are not even looked at. */
const within = (table: string): string => `
  SELECT ${COLUMNS} FROM ${table}
  WHERE value_scopes && $1::text[] AND iat_ms <= $2::bigint
    AND exp_ms > $2::bigint AND exp_ms <= $3::bigint
    AND exp_ms >= $4::bigint AND (exp_ms, jti) > ($4::bigint, $5::text)`

/** At most $6 tokens with one of the value scopes $1 at $2, which expired until $3, behind ($4, $5). */
const SELECT_HOLDERS: Statement = {
  name: 'evidence-select-holders',
  planEach: true,
  text: `
    SELECT ${LEDGER_ENTRY}, t.pv, (SELECT i.withheld FROM issuance i WHERE i.jti = t.jti) AS withheld
    FROM (
      SELECT * FROM (${within('token')} UNION ALL ${within('token_past')}) AS held
      ORDER BY exp_ms, jti LIMIT $6) AS t
    ORDER BY t.exp_ms, t.jti`,
}

/** The issuance of token $1. */
const SELECT_ISSUED: Statement = {
  name: 'evidence-select-issued',
  text: `
    SELECT jti, tenant, subject, client, audience, kid, pv, registry_hash AS "registryHash",
      iat_ms::float8 AS "iatMs", exp_ms::float8 AS "expMs", claims, claims_digest AS "claimsDigest",
      through AS "throughMs", withheld
    FROM issuance WHERE jti = $1`,
}

/** The value scopes of token $1, which expires at $2. */
const SELECT_VALUES: Statement = {
  name: 'evidence-select-values',
  planEach: true,
  text: `
    SELECT claims, value_scopes FROM token WHERE jti = $1 AND exp_ms = $2::bigint
    UNION ALL
    SELECT claims, value_scopes FROM token_past WHERE jti = $1 AND exp_ms = $2::bigint`,
}

interface HolderRow extends HeldToken {
  readonly withheld: boolean | null
}

interface ValuesRow {
  claims: readonly string[]
  value_scopes: readonly string[]
}

/** The stored data of tokens, in Postgres. */
export function postgresEvidenceStore(db: Queryable): EvidenceStore {
  return {
    holders: (question, limit) => holders(db, question, limit),
    issued: (jti) => issued(db, jti),
    async tokens({ atMs, minimumPv, workloads }, limit) {
      const values = [atMs, limit, workloads, minimumPv]
      const { rows } = await db.query<TokenFigures>(selectTokenFigures, values)
      return rows[0] as TokenFigures
    },
    async outstanding({ atMs, minimumPv }, limit) {
      const values = [atMs, limit, minimumPv]
      const { rows } = await db.query<OutstandingTokens>(selectOutstanding, values)
      return rows[0] as OutstandingTokens
    },
    async decisions(sinceMs, limit) {
      const { rows } = await db.query<DecisionFigures>(selectDecisions, [sinceMs, limit])
      return rows[0] as DecisionFigures
    },
  }
}

async function holders(
  db: Queryable,
  question: HolderQuestion,
  limit: number,
): Promise<HolderPage> {
  const read = await holderRows(db, question, limit)
  const last = read.length < limit ? undefined : read.at(-1)
  const items = read.filter(({ withheld }) => withheld !== true)
  return { items, next: last === undefined ? null : { expMs: last.expMs, jti: last.jti } }
}

/**
 * Reads tokens by when they expire: first those of a partition of the ledger, then of twice as many at a time. A
 * statement reads all holders in its partitions, so a value that very many tokens carry takes one partition.
 */
async function holderRows(
  db: Queryable,
  { scopes, atMs, after = { expMs: 0, jti: '' } }: HolderQuestion,
  limit: number,
): Promise<readonly HolderRow[]> {
  const found: HolderRow[] = []
  const endMs = atMs + LIFE_MAX_MS
  let from = after.expMs > atMs ? after : { expMs: atMs, jti: '' }
  for (let count = 1; found.length < limit && from.expMs <= endMs; count *= 2) {
    const untilMs = Math.min(endMs, (quarterOf(from.expMs) + count) * QUARTER_MS - 1)
    const values = [scopes, atMs, untilMs, from.expMs, from.jti, limit - found.length]
    const { rows } = await db.query<HolderRow>(SELECT_HOLDERS, values)
    found.push(...rows)
    from = { expMs: untilMs + 1, jti: '' }
  }
  return found
}

async function issued(db: Queryable, jti: string): Promise<RecordedToken | undefined> {
  const { rows } = await db.query<Omit<RecordedToken, 'values'>>(SELECT_ISSUED, [jti])
  const [row] = rows
  if (row === undefined) return undefined
  const kept = await db.query<ValuesRow & Record<string, unknown>>(SELECT_VALUES, [jti, row.expMs])
  return { ...row, values: valuesOf(kept.rows[0]) }
}

/** The values stand in the names of their scopes: `["v",tenant,claim,value]`. */
function valuesOf(row: ValuesRow | undefined): RecordedToken['values'] {
  if (row === undefined) return null
  const values = new Map<string, ClaimValue[]>(row.claims.map((claim) => [claim, []]))
  for (const key of row.value_scopes) {
    const [, , claim, value] = JSON.parse(key) as [string, string, string, ClaimValue]
    values.get(claim)?.push(value)
  }
  return values
}

/**
 * The figures of at most $2 tokens that have not expired at $1: kinds of those without a mark, by claims and
 * by whether they belong to a workload ($3); $4 is the minimum version.
 */
const selectTokenFigures: Statement = {
  name: 'evidence-token-figures',
  planEach: true,
  text: `
    WITH looked AS MATERIALIZED (
      SELECT subject, claims, pv, exp_ms - iat_ms AS life_ms, stale_at_ms
      FROM token WHERE exp_ms > $1::bigint LIMIT $2),
    leavers AS MATERIALIZED (
      SELECT l.stale_at_ms FROM looked l JOIN account_state a USING (subject)
      WHERE a.state <> 'enabled'),
    lives AS (
      SELECT claims, subject = ANY ($3::text[]) AS "isWorkload", count(*)::int AS tokens,
        max(life_ms) AS "longestMs"
      FROM looked WHERE stale_at_ms IS NULL AND pv >= $4 GROUP BY 1, 2)
    SELECT
      (SELECT count(*)::int FROM looked) AS counted,
      (SELECT count(*) < $2 FROM looked) AS "isComplete",
      (SELECT count(stale_at_ms)::int FROM looked) AS stale,
      (SELECT count(*)::int FROM leavers) AS "ofLeavers",
      (SELECT count(*)::int FROM leavers WHERE stale_at_ms IS NULL) AS "ofLeaversUnmarked",
      (SELECT coalesce(jsonb_agg(to_jsonb(lives)), '[]') FROM lives) AS lives`,
}

/**
 * The figures of at most $2 tokens that have not expired at $1, without those below version $3, by the
 * properties that a registry distinguishes.
 */
const selectOutstanding: Statement = {
  name: 'evidence-outstanding',
  planEach: true,
  text: `
    WITH looked AS MATERIALIZED (
      SELECT tenant, audience, client, claims, pv, stale_at_ms
      FROM token WHERE exp_ms > $1::bigint LIMIT $2),
    kinds AS (
      SELECT tenant, audience, client, claims, count(*)::int AS tokens
      FROM looked WHERE stale_at_ms IS NULL AND pv >= $3 GROUP BY 1, 2, 3, 4)
    SELECT
      (SELECT count(*) < $2 FROM looked) AS "isComplete",
      (SELECT coalesce(jsonb_agg(to_jsonb(kinds)), '[]') FROM kinds) AS kinds`,
}

/** The decisions since $1 among the latest $2, and the denials among them. */
const selectDecisions: Statement = {
  name: 'evidence-decisions',
  text: `
    SELECT count(*)::int AS decided,
      count(*) FILTER (WHERE entry::jsonb #>> '{detail,decision}' = 'false')::int AS denied
    FROM (
      SELECT at_ms, entry FROM audit_entry
      WHERE stream = 'tokens' AND kind = 'access-decided' ORDER BY n DESC LIMIT $2) AS latest
    WHERE at_ms >= $1`,
}
