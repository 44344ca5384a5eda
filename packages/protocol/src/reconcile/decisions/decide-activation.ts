import type { Activation } from '../../changes/change.ts'
import { claimMapOf, timedClaims } from '../../claims/claim-map.ts'
import { CONTROL_PARTITION } from '../../position/partition.ts'
import type { Registry } from '../../registry/registry.ts'
import { statedClaims } from '../../claims/stated-claims.ts'
import { wholeTenant, type ActivePolicy } from '../batch/batch-state.ts'
import { changeTimeMs } from '../change-time.ts'
import { noteDoubt, type Draft } from '../draft.ts'
import { logAccepted, type Accepted } from '../origin.ts'

/**
 * Switches this partition to another policy version (rule 32). Versions only grow; a version that
 * this process has not loaded must be waited for, because judging by another one would be a guess.
 */
export function decideActivation(
  draft: Draft,
  accepted: Accepted<Activation>,
  registry: Registry,
): void {
  const { pv, hash, minimum } = accepted.change
  const moved = movedClaims(draft.policy?.registry, registry)
  const floor = moved.length > 0 ? Math.max(minimum, pv) : minimum
  draft.active = { pv, hash, ...raisedBy(draft, accepted, { registry, floor }) }
  draft.activated = { pv, hash }
  doubtMoved(draft, accepted, { moved, tenants: [...registry.tenants.keys()] })
  if (draft.state.partition === CONTROL_PARTITION) {
    draft.forgottenWithdrawals = moved
    draft.publications.push({ kind: 'map', map: claimMapOf(registry) })
  }
  logAccepted(draft, accepted, { outcome: 'applied', tightened: moved.length > 0 })
}

/**
 * Records the activation of a version that is not above the active one. It activates nothing, but its minimum
 * holds all the same: lateness never makes an older token valid.
 */
export function decideLateActivation(draft: Draft, accepted: Accepted<Activation>): void {
  const { minimum: floor } = accepted.change
  const registry = draft.policy?.registry
  if (registry !== undefined)
    draft.active = { ...draft.active, ...raisedBy(draft, accepted, { registry, floor }) }
  logAccepted(draft, accepted, { outcome: 'late', tightened: false })
}

/** Returns the limits below which older tokens are stale, raised by an activation. They never fall. */
function raisedBy(
  draft: Draft,
  accepted: Accepted<Activation>,
  { registry, floor }: { readonly registry: Registry; readonly floor: number },
): Pick<ActivePolicy, 'minimum' | 'foreignSinceMs'> {
  const minimum = Math.max(draft.active.minimum, floor)
  const isTightened = minimum > draft.active.minimum
  const sinceMs = foreignSince(draft, accepted, { registry, isTightened })
  return { minimum, ...(sinceMs === undefined ? {} : { foreignSinceMs: sinceMs }) }
}

/**
 * Foreign tokens carry no policy version. Those that were issued before this place are stale if the minimum
 * rises, or if edges did not get the times of all changes that can concern them.
 */
function foreignSince(
  draft: Draft,
  { at, change }: Accepted<Activation>,
  { registry, isTightened }: { readonly registry: Registry; readonly isTightened: boolean },
): number | undefined {
  const map = claimMapOf(registry)
  if (map.issuers === undefined) return undefined
  const { policy, active } = draft
  const wasTold = (claim: string): boolean => policy?.timed.has(claim) === true
  const hadIssuers = policy?.map.issuers !== undefined
  const isTold = hadIssuers && [...timedClaims(map)].every(wasTold)
  if (isTold && !isTightened) return active.foreignSinceMs
  return Math.max(active.foreignSinceMs ?? 0, changeTimeMs(at, change.occurredAtMs))
}

/**
 * Claims that had another source, or none, until now; a corroborated claim counts under the source that newly
 * corroborates it. Only the new source's next snapshot states its values, so these claims are in doubt until
 * then, and tokens that were minted before are below the minimum. The first version of all moves nothing.
 */
export function movedClaims(before: Registry | undefined, now: Registry): readonly string[] {
  if (before === undefined) return []
  const told = new Map(statedClaims(before).map(({ name, source }) => [name, source]))
  return statedClaims(now)
    .filter(({ name, source }) => told.get(name) !== source)
    .map(({ name }) => name)
}

function doubtMoved(
  draft: Draft,
  { at }: Accepted<Activation>,
  { moved, tenants }: { moved: readonly string[]; tenants: readonly string[] },
): void {
  const { e, partition } = draft.state
  if (partition === CONTROL_PARTITION) return
  const ref = { e, partition, offset: at.offset }
  for (const tenant of tenants) {
    for (const claim of moved) {
      noteDoubt(draft, { subject: wholeTenant(tenant), claim, ref, raised: true, settled: false })
    }
  }
}
