import type { Registry } from '@freshet/protocol'
import type { CommittedBatch } from '@freshet/reconciler'
import type { PipelineMetrics } from '@freshet/telemetry'

/**
 * Counts the decisions of a committed batch, and their duration. The console counts the time of its changes
 * until here, because it separates live ones from others.
 */
export function countBatch(
  pipeline: PipelineMetrics,
  batch: CommittedBatch,
  registry: Registry | undefined,
): void {
  for (const change of batch.decision.log) {
    const changeClass = change.class ?? '-'
    pipeline.eventDecided(change.source, change.claim ?? '-', change.outcome)
    pipeline.stagePassed('reconcile', batch.appliedAtMs - batch.receivedAtMs, changeClass)
  }
  for (const { claim, isNew } of batch.decision.contradictions) {
    if (isNew) pipeline.claimContradicted(claim, registry?.claims.get(claim)?.owner ?? '-')
  }
  for (const { source, lost, gained } of batch.decision.missed) {
    const owner = registry?.sources.get(source)?.owner ?? '-'
    if (lost.length > 0) pipeline.changeMissed(source, owner, 'removal')
    if (gained) pipeline.changeMissed(source, owner, 'grant')
  }
}
