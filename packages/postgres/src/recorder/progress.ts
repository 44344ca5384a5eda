import type { RecordedProgress } from '@freshet/reconciler'
import type { Statement } from '../connection/query.ts'
import { toGrants, type StoredGrant } from '../rows/stored-grants.ts'

const columns =
  'partition, e, next_offset, last_hash, active_pv, active_hash, minimum_pv, foreign_since_ms, given, openings'

/** Progress rows ($1 partitions) that do not exist yet, in incarnation $2. */
export const insertProgress: Statement = {
  name: 'recorder-insert-progress',
  text: `
    INSERT INTO progress (partition, e)
    SELECT partition, $2 FROM unnest($1::int[]) AS row (partition)
    ON CONFLICT DO NOTHING`,
}

/** Progress of a partition ($1), without a lock. */
export const selectProgress: Statement = {
  name: 'recorder-select-progress',
  text: `SELECT ${columns} FROM progress WHERE partition = $1`,
}

/** Progress of a partition ($1); its writers take turns from here on. */
export const lockProgress: Statement = {
  name: 'recorder-lock-progress',
  text: `SELECT ${columns} FROM progress WHERE partition = $1 FOR UPDATE`,
}

/** Progress of those of some partitions ($1) that no other transaction has locked; their writers take turns from here on. */
export const lockFreeProgress: Statement = {
  name: 'recorder-lock-free-progress',
  text: `
    SELECT ${columns} FROM progress WHERE partition = ANY ($1::int[])
    ORDER BY partition FOR UPDATE SKIP LOCKED`,
}

/**
 * Moves partitions ($1) on to their offsets ($2) behind records of hashes $3 (null: the remembered one
 * stays), under the policies $4 (version), $5 (hash), $6 (minimum), with openings $7
 * (null: the same), the times $8 since when foreign tokens count (null: none does), and what sources were
 * given when, $9.
 */
export const updateProgress: Statement = {
  name: 'recorder-update-progress',
  text: `
    UPDATE progress p SET next_offset = moved.next_offset,
      last_hash = coalesce(moved.last_hash, p.last_hash), active_pv = moved.pv,
      active_hash = moved.hash, minimum_pv = moved.minimum,
      openings = coalesce(moved.openings, p.openings), foreign_since_ms = moved.since,
      given = moved.given
    FROM unnest($1::int[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::int[], $7::jsonb[],
        $8::bigint[], $9::jsonb[])
      AS moved (partition, next_offset, last_hash, pv, hash, minimum, openings, since, given)
    WHERE p.partition = moved.partition`,
}

/** A row of progress. */
export interface StoredProgress {
  partition: number
  e: bigint
  next_offset: bigint
  last_hash: string | null
  active_pv: number
  active_hash: string | null
  minimum_pv: number
  foreign_since_ms: bigint | null
  given: Readonly<Record<string, number>> | null
  openings: readonly StoredGrant[]
}

/** The row in the types of the port. */
export function toProgress(row: StoredProgress): RecordedProgress {
  return {
    partition: row.partition,
    e: row.e,
    nextOffset: row.next_offset,
    lastHash: row.last_hash,
    policy: policyOf(row),
    grants: toGrants(row.openings),
  }
}

function policyOf(row: StoredProgress): RecordedProgress['policy'] {
  const { active_pv: pv, active_hash: hash, minimum_pv: minimum, foreign_since_ms: sinceMs } = row
  const since = sinceMs === null ? {} : { foreignSinceMs: Number(sinceMs) }
  const given = row.given === null ? {} : { given: new Map(Object.entries(row.given)) }
  return { pv, hash, minimum, ...since, ...given }
}
