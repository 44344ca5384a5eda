import { MISSED_KEPT_MS, subjectKey } from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import { bools, int8s, jsonbs, texts } from '../rows/columns.ts'
import { deleteAnnounced, forgetMissed, insertMissed } from './rows/missed-rows.ts'
import { overRows, type SaveContext } from './save-rows.ts'

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
