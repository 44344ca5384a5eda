import { MISSED_KEPT_MS, subjectKey } from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import { bools, int8s, jsonbs, texts } from '../rows/columns.ts'
import { overRows, type SaveContext } from './save-rows.ts'
import type { Statement } from '../connection/query.ts'

/**
 * The missed changes that snapshots found in a partition ($1) at $2: tenants ($3), sources ($4), statements
 * ($5), changes ($6), subject keys ($7), claims ($8), versions ($9, $10), keys of lost values ($11), gained
 * ($12).
 */
const insertMissed: Statement = {
  name: 'recorder-insert-missed',
  text: `
    INSERT INTO missed_change (partition, at_ms, tenant, source, statement, change, subject, claim,
      epoch, n, lost, gained)
    SELECT $1, $2, tenant, source, statement, change, subject, claim, epoch, n, lost, gained
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::bigint[], $10::bigint[], $11::jsonb[], $12::boolean[])
      AS row (tenant, source, statement, change, subject, claim, epoch, n, lost, gained)
    ON CONFLICT DO NOTHING`,
}

/** Forgets what was found in a partition ($1) before $2. */
const forgetMissed: Statement = {
  name: 'recorder-forget-missed',
  text: 'DELETE FROM missed_change WHERE partition = $1 AND at_ms < $2',
}

/** Takes back what late events announced: tenants ($1), sources ($2), subject keys ($3), claims ($4), versions ($5, $6). */
const deleteAnnounced: Statement = {
  name: 'recorder-delete-announced',
  text: `
    DELETE FROM missed_change m
    USING unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
      AS late (tenant, source, subject, claim, epoch, n)
    WHERE m.tenant = late.tenant AND m.source = late.source AND m.subject = late.subject
      AND m.claim = late.claim AND (m.epoch, m.n) >= (late.epoch, late.n)`,
}

/** Writes what full statements found, and takes back what was only late. */
export async function saveMissed(
  { tx, progress }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const { missed, announced } = decision
  const forgetting =
    missed.length > 0 && tx.query(forgetMissed, [progress.partition, appliedAtMs - MISSED_KEPT_MS])
  const finding = overRows(tx, insertMissed, missed, {
    before: [progress.partition, appliedAtMs],
    of: [
      texts(({ subject }) => subject.tenant),
      texts(({ source }) => source),
      texts(({ statement }) => statement),
      texts(({ change }) => change),
      texts(({ subject }) => subjectKey(subject)),
      texts(({ claim }) => claim),
      int8s(({ version }) => version.epoch),
      int8s(({ version }) => version.n),
      jsonbs(({ lost }) => JSON.stringify(lost)),
      bools(({ gained }) => gained),
    ],
  })
  const announcing = overRows(tx, deleteAnnounced, announced, {
    before: [],
    of: [
      texts(({ subject }) => subject.tenant),
      texts(({ source }) => source),
      texts(({ subject }) => subjectKey(subject)),
      texts(({ claim }) => claim),
      int8s(({ version }) => version.epoch),
      int8s(({ version }) => version.n),
    ],
  })
  await Promise.all([forgetting, finding, announcing])
}
