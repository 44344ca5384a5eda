import type { Database } from '@freshet/postgres'

/** A statement can take 5 s, also on a busy machine. */
const AT_ONCE = 5_000

/** A time before everything that the stack itself records. */
const DAY_AGO = `(extract(epoch FROM now()) * 1000)::bigint - 86400000`

const SEED = `
  INSERT INTO change_log (tenant, source, id, content_hash, e, partition, log_offset, kind, op, claim,
    subject, class, outcome, tightened, tokens_marked, occurred_at_ms, appended_at_ms, received_at_ms,
    applied_at_ms, published_at_ms, revocation_offset, traceparent)
  SELECT 'acme', 'hr', 'stored-' || n, 'h', 0, 1 + n % 6, n, 'claim', 'remove', 'groups',
    '["acme","https://idp.example","stored-' || n % 1000 || '"]', 'reduce', 'applied', true, 1,
    at, at + 5, at + 7, at + 12, at + 15, n, NULL
  FROM generate_series($1::int, $2::int) AS n, LATERAL (SELECT ${DAY_AGO} + n * 100 AS at) AS times`

/** The reports of three earlier edges, one apply for each change and edge. */
const APPLIES = `
  INSERT INTO edge_apply (edge, partition, up_to, appended_at_ms, applied_at_ms, reported_at_ms)
  SELECT 'stored-edge-' || edge, 1 + n % 6, n + 1, at + 15, at + 20, at + 900
  FROM generate_series($1::int, $2::int) AS n, generate_series(1, 3) AS edge,
    LATERAL (SELECT ${DAY_AGO} + n * 100 AS at) AS times`

/** Stores so many changes that removed a value, with the edges' applies. */
export async function storeChanges(database: Database, count: number): Promise<void> {
  for (let from = 1; from <= count; from += AT_ONCE) {
    const values = [from, Math.min(count, from + AT_ONCE - 1)]
    for (const text of [SEED, APPLIES]) await database.query({ name: '', text }, values)
  }
  for (const table of ['change_log', 'edge_apply'])
    await database.query({ name: '', text: `ANALYZE ${table}` })
}

/** Returns the id of the n-th of them, from 1 on. */
export function storedId(n: number): string {
  return `stored-${n}`
}
