import type { RecordedBatch } from '@freshet/reconciler'
import { insertRegistryVersion } from './upserts/insert-registry-version.ts'
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
  { tx, rows, progress: { partition } }: SaveContext,
  { decision, lastHash }: RecordedBatch,
): Promise<void> {
  const { activated, policy, nextOffset, openings } = decision
  await Promise.all([
    activated && tx.query(insertRegistryVersion, [activated.pv, activated.hash]),
    rows.move([{ partition, nextOffset, lastHash, policy, openings }]),
  ])
}
