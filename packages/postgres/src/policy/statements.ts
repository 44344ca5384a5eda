import type { Statement } from '../connection/query.ts'

/**
 * A version $1 with hash $2 and document $3, by $4 at $5, and entry $7 in stream $6 of the audit;
 * nothing where its number is known.
 */
export const insertVersion: Statement = {
  name: 'policy-insert-version',
  text: `
    WITH kept AS (
      INSERT INTO policy_version (pv, hash, document, published_by, published_at_ms)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT DO NOTHING RETURNING pv)
    INSERT INTO audit_pending (stream, entry) SELECT $6, $7 FROM kept`,
}

/** Version $1. */
export const selectVersion: Statement = {
  name: 'policy-select-version',
  text: `
    SELECT pv, hash, document, published_by, published_at_ms FROM policy_version WHERE pv = $1`,
}

/** The latest $1 versions, with the order of each. */
export const selectLatest: Statement = {
  name: 'policy-select-latest',
  text: `
    SELECT v.pv, v.hash, v.published_by, v.published_at_ms,
      o.minimum, o.ordered_by, o.reason, o.ordered_at_ms
    FROM policy_version v LEFT JOIN activation_order o USING (pv)
    ORDER BY v.pv DESC LIMIT $1`,
}

/** Orders take turns, from here to the end of the transaction. */
export const lockOrders: Statement = {
  name: 'policy-lock-orders',
  text: 'LOCK TABLE activation_order IN SHARE ROW EXCLUSIVE MODE',
}

/**
 * An order of version $1 with minimum $2, by $3 for reason $4 at $5, and entry $8 in stream $7 of the
 * audit; nothing where it has one, or where the latest of the others is not $6.
 */
export const insertOrder: Statement = {
  name: 'policy-insert-order',
  text: `
    WITH noted AS (
      INSERT INTO activation_order (pv, minimum, ordered_by, reason, ordered_at_ms)
      SELECT $1::int, $2::int, $3, $4, $5::bigint
      WHERE coalesce((SELECT max(pv) FROM activation_order WHERE pv <> $1), 0) = $6
      ON CONFLICT DO NOTHING RETURNING pv)
    INSERT INTO audit_pending (stream, entry) SELECT $7, $8 FROM noted`,
}

/** The latest ordered version but $1. */
export const selectLatestOrder: Statement = {
  name: 'policy-select-latest-order',
  text: `SELECT coalesce(max(pv), 0) AS pv FROM activation_order WHERE pv <> $1`,
}

/** The order of version $1. */
export const selectOrder: Statement = {
  name: 'policy-select-order',
  text: `
    SELECT pv, minimum, ordered_by, reason, ordered_at_ms FROM activation_order WHERE pv = $1`,
}

/** The versions of all partitions, and the latest $1 that were published: one statement, one snapshot. */
export const selectPolicyStatus: Statement = {
  name: 'policy-select-standing',
  text: `
    (SELECT 'partition' AS what, partition, active_pv AS pv, active_hash AS hash
       FROM progress WHERE active_pv > 0)
    UNION ALL
    (SELECT 'published', NULL, pv, hash FROM policy_version ORDER BY pv DESC LIMIT $1)`,
}

/** A row of {@link selectVersion}. */
export interface VersionRow {
  pv: number
  hash: string
  document: string
  published_by: string
  published_at_ms: bigint
}

/** A row of {@link selectOrder}. */
export interface OrderRow {
  pv: number
  minimum: number
  ordered_by: string
  reason: string
  ordered_at_ms: bigint
}

/** A row of {@link selectLatest}: nothing of an order where there is none. */
export type LatestRow = Omit<VersionRow, 'document'> & (OrderRow | { ordered_by: null })

/** A row of {@link selectPolicyStatus}. */
export interface PolicyStatusRow {
  what: 'partition' | 'published'
  partition: number | null
  pv: number
  hash: string
}
