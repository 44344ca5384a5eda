import type { EndingDenials } from '@freshet/reconciler'
import type { Statement } from '../connection/query.ts'

/** One index each: `denial_with_end_in_steps` and `denial_in_steps`. */
const OF_KIND: Readonly<Record<EndingDenials, string>> = {
  'ended-tokens': 'exp_ms IS NOT NULL',
  tokens: "exp_ms IS NULL AND kind = 'token'",
  sessions: "exp_ms IS NULL AND kind = 'session'",
}

/** At most $2 denials of a kind that were last recorded before $1. One that is recorded anew is kept. */
export function pruneDenials(kind: EndingDenials): Statement {
  return {
    name: `prune-denials-${kind}`,
    text: `
      WITH old AS (
        SELECT denial_key FROM denial WHERE ${OF_KIND[kind]} AND recorded_at_ms < $1
        ORDER BY recorded_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
      DELETE FROM denial d USING old
      WHERE d.denial_key = old.denial_key AND d.recorded_at_ms < $1`,
  }
}
