import {
  decideBatch,
  neededState,
  type Arrived,
  type BatchDecision,
  type BatchState,
  type DecisionContext,
  type Registry,
} from '@freshet/domain'
import type { RecordedProgress, RecorderTransaction } from './recorder-store.ts'

/** A decision with the state that it was made over. */
export interface LoadedDecision {
  readonly state: BatchState
  readonly decision: BatchDecision
}

/** Loads what the records need and decides them: the one way to do so, for recording and rehearsing. */
export async function decideLoaded(
  tx: Pick<RecorderTransaction, 'progress' | 'load'>,
  arrived: readonly Arrived[],
  context: DecisionContext,
): Promise<LoadedDecision> {
  const { partition, e, nextOffset, policy, openings } = tx.progress
  const fresh = arrived.filter(({ offset }) => offset >= nextOffset)
  const registry = inForce(tx.progress, context)
  const needed = neededState(fresh, registry)
  const loaded = await tx.load(needed, ownedBy(registry, needed.sweep?.source))
  const state = { ...loaded, partition, e, nextOffset, policy, openings }
  return { state, decision: decideBatch(state, arrived, context) }
}

function inForce({ policy }: RecordedProgress, context: DecisionContext): Registry | undefined {
  return policy.hash === null ? undefined : context.registryOf(policy.pv, policy.hash)
}

function ownedBy(registry: Registry | undefined, source: string | undefined): readonly string[] {
  return [...(registry?.claims.values() ?? [])]
    .filter((claim) => claim.source === source)
    .map(({ name }) => name)
}
