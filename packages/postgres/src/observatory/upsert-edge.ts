import type { Statement } from '../query.ts'

/**
 * The last report of an edge; one that was appended earlier than what is known changes nothing. With it,
 * what is said of its minute ($9): ages of its view ($10 now, $11 how long a gap of reports may be that
 * counts as a gap of the view, $12 the age of one that was never verified) and decisions ($13 to $15).
 */
export const upsertEdge: Statement = {
  name: 'observatory-upsert-edge',
  text: `
    WITH before AS (SELECT reported_at_ms, heard_at_ms FROM edge WHERE edge = $1),
    kept AS (
      INSERT INTO edge (edge, audience, version, state, reported_at_ms, partitions, live_since_ms,
        heard_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      ON CONFLICT (edge) DO UPDATE
        SET audience = excluded.audience, version = excluded.version, state = excluded.state,
            reported_at_ms = excluded.reported_at_ms, partitions = excluded.partitions,
            live_since_ms = CASE WHEN excluded.live_since_ms IS NOT NULL
              THEN coalesce(edge.live_since_ms, excluded.live_since_ms) END,
            heard_at_ms = excluded.heard_at_ms
        WHERE edge.reported_at_ms <= excluded.reported_at_ms
      RETURNING live_since_ms)
    INSERT INTO edge_minute AS m (minute_ms, edge, oldest_ms, allows, denies, challenges)
    SELECT $9, $1, greatest($10::bigint, CASE WHEN $5::bigint - before.reported_at_ms <= $11::bigint
        THEN coalesce($5::bigint - before.heard_at_ms, $12::bigint) END), $13, $14, $15
    FROM kept LEFT JOIN before ON true
    WHERE kept.live_since_ms IS NOT NULL
      AND (before.reported_at_ms IS NULL OR before.reported_at_ms < $5)
    ON CONFLICT (minute_ms, edge) DO UPDATE
      SET oldest_ms = greatest(m.oldest_ms, excluded.oldest_ms), allows = m.allows + excluded.allows,
          denies = m.denies + excluded.denies, challenges = m.challenges + excluded.challenges`,
}
