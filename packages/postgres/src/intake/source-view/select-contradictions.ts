import type { ContradictedAt, ContradictedCount, Feed } from '@freshet/intake'
import type { Queryable, Statement } from '../../connection/query.ts'

/**
 * The number of subjects about which each pair of sources differs, in a tenant ($1), with $2 as one of them.
 */
const countContradictions: Statement = {
  name: 'intake-count-contradictions',
  text: `
    SELECT claim, source, corroborates, count(*) AS subjects FROM contradiction
    WHERE tenant = $1 AND (source = $2 OR corroborates = $2)
    GROUP BY claim, source, corroborates ORDER BY claim`,
}

/** The newest $3 of them. */
const selectContradictions: Statement = {
  name: 'intake-select-contradictions',
  text: `
    SELECT subject, claim, source, source_epoch, source_n, corroborates, witness_epoch, witness_n,
      change, since_ms
    FROM contradiction WHERE tenant = $1 AND (source = $2 OR corroborates = $2)
    ORDER BY since_ms DESC, subject, claim LIMIT $3`,
}

interface ContradictionRow extends Record<string, unknown> {
  readonly subject: string
  readonly claim: string
  readonly source: string
  readonly source_epoch: bigint
  readonly source_n: bigint
  readonly corroborates: string
  readonly witness_epoch: bigint
  readonly witness_n: bigint
  readonly change: string
  readonly since_ms: bigint
}

/** The contradictions of a source and another one; see `SourceViewStore`. */
export async function contradictionsOf(
  db: Queryable,
  { tenant, source }: Feed,
  limit: number,
): Promise<{
  readonly counts: readonly ContradictedCount[]
  readonly latest: readonly ContradictedAt[]
}> {
  const [counted, listed] = await Promise.all([
    db.query<Record<string, unknown> & Omit<ContradictedCount, 'subjects'> & { subjects: bigint }>(
      countContradictions,
      [tenant, source],
    ),
    db.query<ContradictionRow>(selectContradictions, [tenant, source, limit]),
  ])
  return {
    counts: counted.rows.map(({ claim, source: owner, corroborates, subjects }) => {
      return { claim, source: owner, corroborates, subjects: Number(subjects) }
    }),
    latest: listed.rows.map(toContradictedAt),
  }
}

function toContradictedAt(row: ContradictionRow): ContradictedAt {
  return {
    subject: row.subject,
    claim: row.claim,
    owner: { source: row.source, version: { epoch: row.source_epoch, n: row.source_n } },
    witness: { source: row.corroborates, version: { epoch: row.witness_epoch, n: row.witness_n } },
    change: row.change,
    sinceMs: Number(row.since_ms),
  }
}
