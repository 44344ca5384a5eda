import type { RecordedBatch } from '@freshet/reconciler'
import { insertRegistryVersion } from './insert-registry-version.ts'
import { storedOpenings } from '../stored-openings.ts'
import { updateProgress } from './progress.ts'
import type { SaveContext } from './save-rows.ts'
import { saveEvidence } from './save-evidence.ts'
import { saveState } from './save-state.ts'

/** One statement for each kind of row that the batch writes, and none for the others. They travel together. */
export async function saveBatch(context: SaveContext, batch: RecordedBatch): Promise<void> {
  await Promise.all([
    saveState(context, batch),
    saveEvidence(context, batch),
    saveProgress(context, batch),
  ])
}

async function saveProgress(
  { tx, progress }: SaveContext,
  { decision, lastHash }: RecordedBatch,
): Promise<void> {
  const { activated, policy, nextOffset } = decision
  const { pv, hash, minimum, foreignSinceMs: since = null } = policy
  const place = [progress.partition, nextOffset, lastHash]
  const openings = storedOpenings(decision.openings)
  await Promise.all([
    activated && tx.query(insertRegistryVersion, [activated.pv, activated.hash]),
    tx.query(updateProgress, [...place, pv, hash, minimum, openings, since]),
  ])
}
