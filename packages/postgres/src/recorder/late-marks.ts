import type { MarkedAgain } from '@freshet/reconciler'
import type { Queryable, Statement } from '../query.ts'
import { marking } from './marking.ts'

/**
 * Marks of a batch to make once more after its commit, with the parameters of `markTokens` and the
 * partition ($10).
 */
export const insertLateMarks: Statement = {
  name: 'recorder-insert-late-marks',
  text: `
    INSERT INTO late_mark (at_ms, e, subjects, claims, positions, reasons, tenants, sources,
      changes, partition)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
}

/**
 * One statement, so one snapshot: it sees the row of a batch, so it is later than that batch's commit
 * and sees every token that was recorded before it. At most $1 batches, of partition $2 or, where that
 * is null, of any; those that another process has in hand are left to it. Its commit waits for no
 * disk: a crash that takes it back brings the rows back with it, and the marks are made again.
 */
const takeLateMarks: Statement = {
  name: 'recorder-take-late-marks',
  text: `
    WITH due AS MATERIALIZED (
      SELECT id FROM late_mark WHERE $2::int IS NULL OR partition = $2
      ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED),
    taken AS (
      DELETE FROM late_mark l USING due WHERE l.id = due.id
      RETURNING l.id, l.partition, l.e, l.at_ms, l.subjects, l.claims, l.positions, l.reasons,
        l.tenants, l.sources, l.changes),
    mark AS (
      SELECT l.at_ms, l.e, l.id AS batch, l.partition, m.*
      FROM taken l CROSS JOIN LATERAL unnest(l.subjects, l.claims, l.positions, l.reasons,
        l.tenants, l.sources, l.changes)
        WITH ORDINALITY AS m (subject, claim, position, reason, tenant, source, change, n)),
    ${marking},
    counted AS (
      SELECT tenant, source, change, partition, count(*)::int AS tokens FROM marked
      GROUP BY tenant, source, change, partition),
    logged AS (
      UPDATE change_log c SET tokens_marked = c.tokens_marked + n.tokens FROM counted n
      WHERE c.id = n.change AND c.tenant = n.tenant AND c.source = n.source
        AND c.partition + 0 = n.partition)
    SELECT (SELECT count(*) FROM taken)::int AS batches,
      (SELECT count(*) FROM marked)::int AS marked,
      set_config('synchronous_commit', 'off', true)`,
}

/** Makes the marks of committed batches once more: of one partition, or of all. */
export async function markAgain(
  db: Queryable,
  batches: number,
  partition: number | null,
): Promise<MarkedAgain> {
  const { rows } = await db.query<MarkedAgain & Record<string, unknown>>(takeLateMarks, [
    batches,
    partition,
  ])
  const [row] = rows
  return { batches: row?.batches ?? 0, marked: row?.marked ?? 0 }
}
