import type { Statement } from '../../connection/query.ts'

/** Forgets edges, their starts and applies older than $1. */
export const forgetEdges: Statement = {
  name: 'observatory-forget',
  text: `
    WITH gone AS (DELETE FROM edge_apply WHERE applied_at_ms < $1),
    starts AS (DELETE FROM edge_start WHERE last_at_ms < $1),
    minutes AS (DELETE FROM edge_minute WHERE minute_ms < $1)
    DELETE FROM edge WHERE reported_at_ms < $1`,
}
