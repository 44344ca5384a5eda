import type { Statement } from '../query.ts'

/** The last report of an edge; one that was appended earlier than what is known changes nothing. */
export const upsertEdge: Statement = {
  name: 'observatory-upsert-edge',
  text: `
    INSERT INTO edge (edge, audience, version, state, reported_at_ms, partitions)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (edge) DO UPDATE
      SET audience = excluded.audience, version = excluded.version, state = excluded.state,
          reported_at_ms = excluded.reported_at_ms, partitions = excluded.partitions
      WHERE edge.reported_at_ms <= excluded.reported_at_ms`,
}
