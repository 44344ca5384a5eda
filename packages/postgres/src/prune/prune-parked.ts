import type { Statement } from '../connection/query.ts'

/** At most $2 parked records that neither arrived nor were decided since $1. */
export const pruneParked: Statement = {
  name: 'prune-parked',
  text: `
    DELETE FROM quarantine WHERE id IN (
      SELECT id FROM quarantine
      WHERE last_at_ms < $1 AND coalesce(decided_at_ms, 0) < $1
      ORDER BY last_at_ms LIMIT $2)`,
}

/** At most $2 parked records beyond the $1 of each reason that arrived last. */
export const trimParked: Statement = {
  name: 'prune-trim-parked',
  text: `
    DELETE FROM quarantine WHERE id IN (
      SELECT beyond.id
      FROM (SELECT DISTINCT code FROM quarantine) AS r (code)
      CROSS JOIN LATERAL (
        SELECT id FROM quarantine q WHERE q.code = r.code
        ORDER BY last_at_ms DESC, id OFFSET $1 LIMIT $2) AS beyond
      LIMIT $2)`,
}
