import type { Statement } from '../connection/query.ts'

/** At most $2 marks, the oldest first, of changes that were applied before $1; one that is in hand is passed over. */
export const pruneMarks: Statement = {
  name: 'prune-marks',
  text: `
    DELETE FROM token_mark WHERE id IN (
      SELECT id FROM token_mark WHERE at_ms < $1 ORDER BY at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`,
}
