import type { Activation } from '../../changes/change.ts'
import { claimMapOf, timedClaims } from '../../claims/claim-map.ts'
import { CONTROL_PARTITION } from '../../position/partition.ts'
import type { Registry } from '../../registry/registry.ts'
import { statedClaims } from '../../claims/stated-claims.ts'
import { ACCOUNT_CLAIM } from '../../changes/account-state.ts'
import { grantsUnder } from '../../changes/break-glass-grant.ts'
import { voidStatement } from '../../changes/statements.ts'
import type { Subject } from '../../scope/subject.ts'
import { wholeTenant, type ActivePolicy, type BatchState } from '../batch/batch-state.ts'
import { changeTimeMs } from '../change-time.ts'
import { heldFeed, noteDoubt, putFeed, type Draft } from '../draft.ts'
import { isAccountMoved, movedClaims } from '../moved-claims.ts'
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
  const before = draft.policy?.registry
  const moved = movedClaims(before, registry)
  const tightened = moved.length > 0 || isAccountMoved(before, registry)
  const floor = tightened ? Math.max(minimum, pv) : minimum
  const unstated = unstatedBy(draft.state, before, registry)
  const given = givenBy(draft.active, accepted, { registry, unstated })
  draft.active = { pv, hash, ...raisedBy(draft, accepted, { registry, floor }), ...given }
  draft.activated = { pv, hash }
  for (const each of unstated) {
    raiseDoubts(draft, accepted, each)
    for (const source of each.sources) {
      const held = heldFeed(draft, each.subject.tenant, source)
      putFeed(draft, { ...held, statements: voidStatement(held.statements) })
    }
  }
  if (draft.state.partition === CONTROL_PARTITION) {
    draft.forgottenWithdrawals = moved
    const { grants = [] } = draft.state
    const allowed = grantsUnder(registry, grants)
    if (allowed.length < grants.length) draft.grants = allowed
    draft.publications.push({ kind: 'map', map: claimMapOf(registry) })
  }
  logAccepted(draft, accepted, { outcome: 'applied', tightened })
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

/** Returns when each source of the registry was last given something to state. The times never fall. */
function givenBy(
  { given: before = new Map<string, number>() }: ActivePolicy,
  { at, change }: Accepted<Activation>,
  { registry, unstated }: { readonly registry: Registry; readonly unstated: readonly Unstated[] },
): Pick<ActivePolicy, 'given'> {
  const activatedMs = changeTimeMs(at, change.occurredAtMs)
  const laterOf = (source: string): number => Math.max(before.get(source) ?? 0, activatedMs)
  const now = unstated.flatMap(({ sources }) =>
    sources.map((source) => [source, laterOf(source)] as const),
  )
  const given = [...before, ...now].filter(([source]) => registry.sources.has(source))
  return given.length === 0 ? {} : { given: new Map(given) }
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
  const wasTimed = (claim: string): boolean => policy?.timed.has(claim) === true
  const hadIssuers = policy?.map.issuers !== undefined
  const wasAllTimed = hadIssuers && [...timedClaims(map)].every(wasTimed)
  if (wasAllTimed && !isTightened) return active.foreignSinceMs
  return Math.max(active.foreignSinceMs ?? 0, changeTimeMs(at, change.occurredAtMs))
}

/** States that an activation puts into doubt until their sources state them. */
interface Unstated {
  /** Stands for all subjects of a tenant, or of one of its identity providers. */
  readonly subject: Subject
  readonly claims: readonly string[]
  /** Their sources. A snapshot of these with an older state does not contain them, or lacks refused changes. */
  readonly sources: readonly string[]
}

/**
 * Returns the states that sources could not send until now: those of moved claims and accounts, and those of
 * identity providers that come back, whose changes were refused meanwhile.
 */
function unstatedBy(
  { partition, known }: Pick<BatchState, 'partition' | 'known'>,
  before: Registry | undefined,
  now: Registry,
): readonly Unstated[] {
  const isControl = partition === CONTROL_PARTITION
  const stated = isControl ? [{ name: ACCOUNT_CLAIM, source: now.account }] : statedClaims(now)
  const names = new Set(isControl ? [] : movedClaims(before, now))
  if (isControl && isAccountMoved(before, now)) names.add(ACCOUNT_CLAIM)
  const moved = stated.filter(({ name }) => names.has(name))
  return [
    ...[...now.tenants.keys()].map((tenant) => wholeOf(wholeTenant(tenant), moved)),
    ...known.map((issuer) => wholeOf(issuer, stated)),
  ].filter(({ claims }) => claims.length > 0)
}

function wholeOf(
  subject: Subject,
  stated: readonly { readonly name: string; readonly source: string }[],
): Unstated {
  const sources = [...new Set(stated.map(({ source }) => source))]
  return { subject, claims: stated.map(({ name }) => name), sources }
}

function raiseDoubts(draft: Draft, { at }: Accepted<Activation>, unstated: Unstated): void {
  const { subject, claims } = unstated
  const { e, partition } = draft.state
  const ref = { e, partition, offset: at.offset }
  for (const claim of claims)
    noteDoubt(draft, { subject, claim, ref, raised: true, settled: false })
}
