import { changeKey, type BatchDecision } from '@freshet/domain'
import type { RecordedBatch } from '@freshet/reconciler'
import { columnsOf, int8s, texts } from '../columns.ts'
import { insertRegistryVersion } from './insert-registry-version.ts'
import { insertLateMarks } from './late-marks.ts'
import { markTokens, type MarkedRow } from './mark-tokens.ts'
import { storedOpenings } from '../stored-openings.ts'
import { updateProgress } from './progress.ts'
import type { SaveContext } from './save-rows.ts'
import { saveChanges, saveEvidence } from './save-evidence.ts'
import { saveState } from './save-state.ts'

/**
 * One statement for each kind of row that the batch writes, and none for the others. They travel in
 * two flights: the change log says how many tokens were marked.
 */
export async function saveBatch(context: SaveContext, batch: RecordedBatch): Promise<void> {
  const [, marked] = await Promise.all([
    saveState(context, batch),
    markAll(context, batch),
    saveEvidence(context, batch),
  ])
  await Promise.all([saveChanges(context, batch, marked), saveProgress(context, batch)])
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

/**
 * Tokens that each change made stale, by change key. The marks stay behind for after the commit: a
 * token that is recorded from here to there is in nobody's sight yet (S9).
 */
async function markAll(
  { tx, progress }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): Promise<ReadonlyMap<string, number>> {
  const { marks } = decision
  if (marks.length === 0) return new Map()
  const values = [appliedAtMs, progress.e, ...markColumns(marks)]
  const [{ rows }] = await Promise.all([
    tx.query<MarkedRow & Record<string, unknown>>(markTokens, values),
    tx.query(insertLateMarks, [...values, progress.partition]),
  ])
  return new Map(
    rows.map(({ tenant, source, change, marked }) => [
      changeKey({ tenant, source, id: change }),
      Number(marked),
    ]),
  )
}

function markColumns(marks: BatchDecision['marks']): readonly Buffer[] {
  return columnsOf(marks, [
    texts(({ subject }) => subject),
    texts(({ claim }) => claim),
    int8s(({ position }) => position.offset),
    texts(({ reason }) => reason),
    texts(({ tenant }) => tenant),
    texts(({ source }) => source),
    texts(({ change }) => change),
  ])
}
