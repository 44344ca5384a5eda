import type { TokenKind } from '@freshet/registry/diff'
import type { DecisionFigures, TokenFigures } from '@freshet/insight'
import type { Statement } from '../connection/query.ts'

/**
 * The figures of at most $2 tokens that have not expired at $1: kinds of those without a mark, by claims and
 * by whether they belong to a workload ($3); $4 is the minimum version.
 */
export const selectTokenFigures: Statement = {
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
      SELECT claims, subject = ANY ($3::text[]) AS workload, count(*)::int AS tokens,
        max(life_ms) AS longest
      FROM looked WHERE stale_at_ms IS NULL AND pv >= $4 GROUP BY 1, 2)
    SELECT
      (SELECT count(*)::int FROM looked) AS looked,
      (SELECT count(stale_at_ms)::int FROM looked) AS stale,
      (SELECT count(*)::int FROM leavers) AS leavers,
      (SELECT count(*)::int FROM leavers WHERE stale_at_ms IS NULL) AS unmarked,
      (SELECT coalesce(jsonb_agg(to_jsonb(lives)), '[]') FROM lives) AS lives`,
}

/**
 * The figures of at most $2 tokens that have not expired at $1, without those below version $3, by the
 * properties that a registry distinguishes.
 */
export const selectOutstanding: Statement = {
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
      (SELECT count(*)::int FROM looked) AS looked,
      (SELECT coalesce(jsonb_agg(to_jsonb(kinds)), '[]') FROM kinds) AS kinds`,
}

/** The decisions since $1 among the latest $2, and the denials among them. */
export const selectDecisions: Statement = {
  name: 'evidence-decisions',
  text: `
    SELECT count(*)::int AS decided,
      count(*) FILTER (WHERE entry::jsonb #>> '{detail,decision}' = 'false')::int AS denied
    FROM (
      SELECT at_ms, entry FROM audit_entry
      WHERE stream = 'tokens' AND kind = 'access-decided' ORDER BY n DESC LIMIT $2) AS latest
    WHERE at_ms >= $1`,
}

/** A row of {@link selectOutstanding}. */
export interface OutstandingRow extends Record<string, unknown> {
  looked: number
  kinds: readonly TokenKind[]
}

/** A row of the first. */
export interface TokenFiguresRow {
  looked: number
  stale: number
  leavers: number
  unmarked: number
  lives: readonly {
    readonly claims: readonly string[]
    readonly workload: boolean
    readonly tokens: number
    readonly longest: number
  }[]
}

/** A row of the second. */
export type DecisionsRow = { -readonly [Name in keyof DecisionFigures]: number }

/** The row in the types of the port. */
export function toTokenFigures(row: TokenFiguresRow, limit: number): TokenFigures {
  const { looked, stale, leavers: ofLeavers, unmarked: ofLeaversUnmarked } = row
  const lives = row.lives.map(({ claims, workload: isWorkload, tokens, longest: longestMs }) => ({
    claims,
    isWorkload,
    tokens,
    longestMs,
  }))
  return { looked, isComplete: looked < limit, stale, ofLeavers, ofLeaversUnmarked, lives }
}
