import type { Statement } from '../connection/query.ts'

/**
 * Sums by service level and origin over each of the spans ($2, ascending) that end at $1. Each minute is
 * looked at once, whatever the number of spans: it is of those that are longer than it is old.
 */
export const selectSums: Statement = {
  name: 'sli-sums',
  text: `
    WITH aged AS (
      SELECT slo, origin, width_bucket($1 - minute_ms, $2::bigint[]) AS shorter, sum(good) AS good,
        sum(valid) AS valid, min(minute_ms) AS first_ms
      FROM slo_minute WHERE minute_ms <= $1 AND minute_ms > $1 - ($2::bigint[])[cardinality($2::bigint[])]
      GROUP BY 1, 2, 3)
    SELECT slo, origin, span_ms, sum(good)::bigint AS good, sum(valid)::bigint AS valid,
      $1 - min(first_ms) AS measured_ms
    FROM aged JOIN unnest($2::bigint[]) WITH ORDINALITY AS s (span_ms, n) ON s.n > shorter
    GROUP BY slo, origin, span_ms`,
}

/** A row of it. */
export interface SumRow {
  slo: string
  origin: string
  span_ms: bigint
  good: bigint
  valid: bigint
  measured_ms: bigint
}

/** Sums of service level $1 and origins $2 by spans of $4 since $3. */
export const selectHistory: Statement = {
  name: 'sli-history',
  text: `
    SELECT minute_ms - minute_ms % $4 AS from_ms, sum(good)::bigint AS good,
      sum(valid)::bigint AS valid
    FROM slo_minute WHERE slo = $1 AND origin = ANY ($2::text[]) AND minute_ms >= $3
    GROUP BY 1 ORDER BY 1`,
}

/** A row of it. */
export interface SpanRow {
  from_ms: bigint
  good: bigint
  valid: bigint
}

const SAMPLE = `tenant, source, id, partition, origin, class, appended_at_ms, closed_at_ms,
  complete_ms, edges, slowest, missing, is_upper_bound`

/** Samples of class $1 (null: any) and origins $2 that were closed since $3, newest first, at most $4. */
export const selectNewest: Statement = {
  name: 'sli-newest',
  text: `
    SELECT ${SAMPLE} FROM change_sample
    WHERE closed_at_ms IS NOT NULL AND ($1::text IS NULL OR class = $1)
      AND origin = ANY ($2::text[]) AND closed_at_ms >= $3
    ORDER BY closed_at_ms DESC, id LIMIT $4`,
}

/** The same, of those that took longer than $5, the worst first. */
export const selectWorst: Statement = {
  name: 'sli-worst',
  text: `
    SELECT ${SAMPLE} FROM change_sample
    WHERE closed_at_ms IS NOT NULL AND ($1::text IS NULL OR class = $1)
      AND origin = ANY ($2::text[]) AND closed_at_ms >= $3
      AND coalesce(complete_ms, 900000) > $5
    ORDER BY coalesce(complete_ms, 900000) DESC, closed_at_ms DESC, id LIMIT $4`,
}

/** Closed samples of changes of ids ($1), at most $2. */
export const selectSamplesOf: Statement = {
  name: 'sli-samples-of',
  text: `
    SELECT ${SAMPLE} FROM change_sample WHERE id = ANY ($1::text[]) AND closed_at_ms IS NOT NULL
    ORDER BY closed_at_ms DESC LIMIT $2`,
}

/** A sample. */
export interface StoredSample {
  tenant: string
  source: string
  id: string
  partition: number
  origin: string
  class: string | null
  appended_at_ms: bigint
  closed_at_ms: bigint
  complete_ms: bigint | null
  edges: number
  slowest: string | null
  missing: readonly string[]
  is_upper_bound: boolean
}

/** Edges whose view was older than $2 since minute $1, at most $3. */
export const selectBlindest: Statement = {
  name: 'sli-blindest',
  text: `
    SELECT edge, count(*)::int AS minutes, max(oldest_ms) AS oldest_ms FROM edge_minute
    WHERE minute_ms >= $1 AND oldest_ms > $2
    GROUP BY edge ORDER BY minutes DESC, oldest_ms DESC, edge LIMIT $3`,
}

/** Removes at most $2 samples that were closed before $1, and at most $2 minutes from before. */
export const forgetSamples: Statement = {
  name: 'sli-forget',
  text: `
    WITH samples AS (
      DELETE FROM change_sample WHERE ctid IN (
        SELECT ctid FROM change_sample
        WHERE closed_at_ms IS NOT NULL AND closed_at_ms < $1 LIMIT $2))
    DELETE FROM slo_minute WHERE (slo, origin, minute_ms) IN (
      SELECT slo, origin, minute_ms FROM slo_minute WHERE minute_ms < $1 LIMIT $2)`,
}
