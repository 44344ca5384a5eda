import {
  counterpartOf,
  decideBatch,
  neededState,
  ownedClaims,
  type Arrived,
  type BatchDecision,
  type BatchState,
  type DecisionContext,
  type NeededState,
  type Registry,
} from '@freshet/domain'
import type { LoadedState, RecordedProgress, RecorderTransaction } from './recorder-store.ts'

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
  const loaded = await loadAll(tx, needed, registry)
  const state = { ...loaded, partition, e, nextOffset, policy, openings }
  return { state, decision: decideBatch(state, arrived, context) }
}

function inForce({ policy }: RecordedProgress, context: DecisionContext): Registry | undefined {
  return policy.hash === null ? undefined : context.registryOf(policy.pv, policy.hash)
}

/** What a full statement sweeps is known when it is loaded, and so what its words are compared with. */
async function loadAll(
  { load }: Pick<RecorderTransaction, 'load'>,
  needed: NeededState,
  registry: Registry | undefined,
): Promise<LoadedState> {
  const { sweep } = needed
  if (registry === undefined || sweep === null) return load(needed, [])
  const loaded = await load(needed, ownedClaims(registry, sweep.source))
  const claims = loaded.swept.flatMap(({ subject, claim }) => {
    const other = counterpartOf(registry, claim)
    return other === undefined ? [] : [{ subject, claim: other.name }]
  })
  if (claims.length === 0) return loaded
  const others = await load({ ...NOTHING_NEEDED, claims }, [])
  return { ...loaded, claims: new Map([...loaded.claims, ...others.claims]) }
}

const NOTHING_NEEDED: NeededState = {
  changes: [],
  claims: [],
  accounts: [],
  feeds: [],
  withdrawn: [],
  sweep: null,
}
