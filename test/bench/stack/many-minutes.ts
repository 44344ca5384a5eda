import type { Database } from '@freshet/postgres'

/** A statement can take 5 s, also on a busy machine. */
const AT_ONCE = 20_000

/** The present time, the same in all statements. */
const NOW = '$3::bigint'
/** Returns the n-th minute before now. */
const minute = (n: string): string => `(${NOW} - ${NOW} % 60000 - ${n}::bigint * 60000)`

const EDGES = `
  INSERT INTO edge (edge, audience, version, state, reported_at_ms, partitions, live_since_ms, heard_at_ms)
  SELECT 'edge-' || n, 'payments', '0.1.0', 'live', ${NOW}, partitions, ${NOW} - 600000, ${NOW} - 40
  FROM generate_series($1::int, $2::int) AS n, (
    SELECT jsonb_agg(jsonb_build_object('partition', p, 'applied', '1234', 'viewAgeMs', 40)) AS partitions
    FROM generate_series(0, 6) AS p) AS views`

/** Minutes of 20,000 edges, of which each hundredth was blind. */
const EDGE_MINUTES = `
  INSERT INTO edge_minute (minute_ms, edge, oldest_ms, allows, denies, challenges)
  SELECT ${minute('n / 20000')}, 'edge-' || n % 20000, CASE WHEN n % 100 = 7 THEN 9000 ELSE 1040 END, 40, 2, 0
  FROM generate_series($1::int, $2::int) AS n`

/** Minutes of six objectives. */
const SLO_MINUTES = `
  INSERT INTO slo_minute (slo, origin, minute_ms, good, valid)
  SELECT (ARRAY['reduce-complete-2s', 'reduce-apply-2s', 'edge-fresh-5s', 'source-ingest-5s', 'coverage-15m',
    'stale-allows'])[1 + n % 6], 'live', ${minute('n / 6')}, 99, 100
  FROM generate_series($1::int, $2::int) AS n`

const SAMPLES = `
  INSERT INTO change_sample (tenant, source, id, partition, origin, class, appended_at_ms, closed_at_ms,
    complete_ms, edges, slowest)
  SELECT tenant, source, id, partition, 'live', 'reduce', appended_at_ms, least(appended_at_ms + 900, ${NOW}),
    20 + log_offset % 3000, 3, 'edge-1'
  FROM change_log WHERE id LIKE 'stored-%' AND log_offset BETWEEN $1 AND $2`

/**
 * Stores edges, minutes of edges and of objectives, and the samples of the first stored changes. The
 * console's present data stay.
 */
export async function storeMinutes(
  database: Database,
  counts: Readonly<Record<'edges' | 'minutes' | 'samples', number>>,
): Promise<void> {
  const { edges, minutes, samples } = counts
  const nowMs = Date.now()
  const steps = [
    [EDGES, edges],
    [EDGE_MINUTES, minutes],
    [SLO_MINUTES, minutes],
    [SAMPLES, samples],
  ] as const
  for (const [text, count] of steps)
    for (let from = 1; from <= count; from += AT_ONCE)
      await database.query({ name: '', text: `${text} ON CONFLICT DO NOTHING` }, [
        from,
        Math.min(count, from + AT_ONCE - 1),
        nowMs,
      ])
  for (const table of ['edge', 'edge_minute', 'slo_minute', 'change_sample'])
    await database.query({ name: '', text: `ANALYZE ${table}` })
}
