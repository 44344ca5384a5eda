import { subjectKey } from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import { int8s, texts } from '../rows/columns.ts'
import type { Statement } from '../connection/query.ts'
import { overRows, type SaveContext } from './save-rows.ts'

/**
 * Contradictions in a partition ($1) at $2: subject keys ($3), claims ($4), tenants ($5), sources ($6)
 * with versions ($7, $8), corroborating sources ($9) with theirs ($10, $11), changes ($12). One that
 * stands already keeps its beginning, where it is between the same two.
 */
const upsertContradictions: Statement = {
  name: 'recorder-upsert-contradictions',
  text: `
    INSERT INTO contradiction AS c (partition, since_ms, subject, claim, tenant, source, source_epoch,
      source_n, corroborates, witness_epoch, witness_n, change)
    SELECT $1, $2, subject, claim, tenant, source, source_epoch, source_n, corroborates,
      witness_epoch, witness_n, change
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
      $9::text[], $10::bigint[], $11::bigint[], $12::text[])
      AS row (subject, claim, tenant, source, source_epoch, source_n, corroborates, witness_epoch,
        witness_n, change)
    ON CONFLICT (subject, claim) DO UPDATE SET source = excluded.source,
      source_epoch = excluded.source_epoch, source_n = excluded.source_n,
      corroborates = excluded.corroborates, witness_epoch = excluded.witness_epoch,
      witness_n = excluded.witness_n, change = excluded.change,
      since_ms = CASE WHEN c.source = excluded.source AND c.corroborates = excluded.corroborates
        THEN c.since_ms ELSE excluded.since_ms END`,
}

/** Those that are over: subject keys ($1) and claims ($2). */
const deleteContradictions: Statement = {
  name: 'recorder-delete-contradictions',
  text: `
    DELETE FROM contradiction c USING unnest($1::text[], $2::text[]) AS over (subject, claim)
    WHERE c.subject = over.subject AND c.claim = over.claim`,
}

/** Writes which corroborated claims are contradicted, and forgets those that are no more. */
export async function saveContradictions(
  { tx, progress }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const { contradictions } = decision
  const standing = contradictions.filter(({ stands }) => stands)
  const over = contradictions.filter(({ stands }) => !stands)
  await Promise.all([
    overRows(tx, upsertContradictions, standing, {
      before: [progress.partition, appliedAtMs],
      of: [
        texts(({ subject }) => subjectKey(subject)),
        texts(({ claim }) => claim),
        texts(({ subject }) => subject.tenant),
        texts(({ owner }) => owner.source),
        int8s(({ owner }) => owner.version.epoch),
        int8s(({ owner }) => owner.version.n),
        texts(({ witness }) => witness.source),
        int8s(({ witness }) => witness.version.epoch),
        int8s(({ witness }) => witness.version.n),
        texts(({ change }) => change),
      ],
    }),
    overRows(tx, deleteContradictions, over, {
      before: [],
      of: [texts(({ subject }) => subjectKey(subject)), texts(({ claim }) => claim)],
    }),
  ])
}
