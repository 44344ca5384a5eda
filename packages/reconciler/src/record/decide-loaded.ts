import {
  ACCOUNT_CLAIM,
  countedOf,
  counterpartOf,
  decideBatch,
  decideWalk,
  feedKey,
  neededState,
  NOTHING_NEEDED,
  NOTHING_WALKED,
  statedIn,
  SNAPSHOT_REMOVAL_MAX,
  SNAPSHOT_REMOVAL_READ_MAX,
  takingOf,
  type Arrived,
  type BatchDecision,
  type BatchState,
  type DecisionContext,
  type HeldFeed,
  type NeededState,
  type Registry,
  type WalkedClaims,
} from '@freshet/protocol'
import type {
  LoadedState,
  RecordedProgress,
  RecorderTransaction,
  WalkLimits,
  WalkStep,
} from './recorder-store.ts'

/** The limits of one step at the end of a snapshot, for reading and for changing. */
export const WALK_LIMITS: WalkLimits = {
  read: SNAPSHOT_REMOVAL_READ_MAX,
  take: SNAPSHOT_REMOVAL_MAX,
}

/** The further inputs of a decision over stored state. */
export interface LoadedContext extends DecisionContext {
  /** Default: {@link WALK_LIMITS}. */
  readonly walkLimits?: WalkLimits | undefined
}

/** A decision with the state that it was made over. */
export interface LoadedDecision {
  readonly state: BatchState
  readonly decision: BatchDecision
}

type Loading = Pick<RecorderTransaction, 'progress' | 'load' | 'walk'>

/**
 * Loads the state that the records need and decides them. It is the only way to do so, for recording and for
 * rehearsing.
 */
export async function decideLoaded(
  tx: Loading,
  arrived: readonly Arrived[],
  given: LoadedContext,
): Promise<LoadedDecision> {
  const context = { ...given, registryOf: resolvedOnce(given) }
  const { partition, e, nextOffset, policy, grants } = tx.progress
  const fresh = arrived.filter(({ offset }) => offset >= nextOffset)
  const registry = inForce(tx.progress, context)
  const needed = neededState(fresh, registry, (pv, hash) => context.registryOf(pv, hash))
  const loaded = await loadAll(tx, needed, { registry, context })
  const state = { ...loaded, partition, e, nextOffset, policy, grants }
  return { state, decision: decideBatch(state, arrived, context) }
}

/**
 * A version that is loaded while the state is read would be decided without the state that it needs. So the
 * answers for one decision do not change.
 */
function resolvedOnce(context: DecisionContext): DecisionContext['registryOf'] {
  const answers = new Map<string, Registry | undefined>()
  return (pv, hash) => {
    const key = `${pv} ${hash}`
    if (!answers.has(key)) answers.set(key, context.registryOf(pv, hash))
    return answers.get(key)
  }
}

/**
 * Decides the next step of a walk. Returns `undefined` if there is none, or the policy in force is not
 * loaded.
 */
export async function decideNextWalk(
  tx: Loading & Pick<RecorderTransaction, 'walking'>,
  context: LoadedContext,
): Promise<BatchDecision | undefined> {
  const { partition, e, nextOffset, policy } = tx.progress
  const registry = inForce(tx.progress, context)
  const feed = registry && (await tx.walking())
  const step = feed && stepOf(feed, policy.pv, context)
  if (registry === undefined || !step) return undefined
  const claims = statedIn(registry, {
    partition,
    source: feed.source,
    states: feed.statements.states,
  })
  const walked = claims.length > 0 ? await tx.walk({ ...step, claims }) : NOTHING_WALKED
  const others = await loadCounterparts(tx, walked, registry)
  const feeds = new Map([[feedKey(feed), feed]])
  const state = { ...others, feeds, walked, partition, e, nextOffset, policy }
  return decideWalk(state, { feed, registry, nowMs: context.nowMs })
}

/** Returns the place at which the walk of a feed continues, and the limits of one step. */
function stepOf(
  { tenant, source, statements }: HeldFeed,
  pv: number,
  { walkLimits: limits = WALK_LIMITS }: LoadedContext,
): Omit<WalkStep, 'claims'> | undefined {
  const taking = takingOf(statements)
  const of = { tenant, source }
  if (taking) return { ...of, floor: taking.floor, after: taking.after, limits, counts: false }
  const { open: floor } = statements
  if (floor === null) return undefined
  const after = countedOf(statements, pv)?.after ?? null
  return { ...of, floor, after, limits: { ...limits, take: 0 }, counts: true }
}

function inForce({ policy }: RecordedProgress, context: DecisionContext): Registry | undefined {
  return policy.hash === null ? undefined : context.registryOf(policy.pv, policy.hash)
}

type Stored = LoadedState & Pick<BatchState, 'walked'>

interface Under {
  readonly registry: Registry | undefined
  readonly context: LoadedContext
}

/**
 * The claims that a snapshot removes are known only after loading, and so is the state that they are compared
 * with.
 */
async function loadAll(tx: Loading, needed: NeededState, under: Under): Promise<Stored> {
  const loaded = await tx.load(needed)
  const { registry } = under
  const walked = await walkFor(tx, needed, { ...under, loaded })
  if (registry === undefined || walked.omitted.length === 0) return { ...loaded, walked }
  const others = await loadCounterparts(tx, walked, registry)
  const claims = new Map([...loaded.claims, ...others.claims])
  return { ...loaded, claims, accounts: new Map([...loaded.accounts, ...others.accounts]), walked }
}

async function walkFor(
  tx: Loading,
  { snapshotRemoval }: NeededState,
  { registry, context, loaded }: Under & { readonly loaded: LoadedState },
): Promise<WalkedClaims> {
  const statements = snapshotRemoval && loaded.feeds.get(feedKey(snapshotRemoval))?.statements
  const floor = statements?.open
  if (registry === undefined || !snapshotRemoval || !floor || takingOf(statements))
    return NOTHING_WALKED
  const { tenant, source } = snapshotRemoval
  const after = countedOf(statements, tx.progress.policy.pv)?.after ?? null
  const { partition } = tx.progress
  const claims = statedIn(registry, { partition, source, states: statements.states })
  if (claims.length === 0) return NOTHING_WALKED
  const { read, take } = context.walkLimits ?? WALK_LIMITS
  const limits = { read, take: after === null ? take : 0 }
  return tx.walk({ tenant, source, claims, floor, after, limits, counts: true })
}

/** Loads the states that those of a walk are compared with, and the accounts among them whole. */
function loadCounterparts(
  { load }: Pick<RecorderTransaction, 'load'>,
  { omitted }: WalkedClaims,
  registry: Registry,
): Promise<LoadedState> {
  const claims = omitted.flatMap(({ subject, claim }) => {
    const other = counterpartOf(registry, claim)
    return other === undefined ? [] : [{ subject, claim: other.name }]
  })
  const accounts = omitted
    .filter(({ claim }) => claim === ACCOUNT_CLAIM)
    .map(({ subject }) => subject)
  return load({ ...NOTHING_NEEDED, claims, accounts })
}
