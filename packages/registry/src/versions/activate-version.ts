import { FreshetError, type Clock } from '@freshet/protocol'
import { withoutMinimum } from '../diff/diff-registries.ts'
import type { PolicyDifference } from '../diff/difference.ts'
import { diffVersions } from '../diff/diff-versions.ts'
import { readRegistryDocument, type PolicyVersion } from '../document/registry-document.ts'
import type { VersionStore } from './version-store.ts'

/** The version to activate, its admin and the reason. */
export interface ActivationRequest {
  readonly pv: number
  /** Tokens of a lower policy version become stale. */
  readonly minimum: number
  readonly by: string
  readonly reason: string
}

/** The parts that activating needs. */
export interface ActivateParts<T> {
  readonly store: VersionStore
  readonly clock: Clock
  /** The newest version that was announced or is active; 0 where there is none. */
  readonly newest: () => Promise<number>
  /** Writes the activation to every partition; `undefined` where a newer one was announced. */
  readonly announce: (policy: ActivationPolicy) => Promise<T | undefined>
}

/** The content of an activation. */
export interface ActivationPolicy {
  readonly pv: number
  readonly hash: string
  readonly minimum: number
}

/** An activation that may be announced. */
export interface PlannedActivation {
  readonly policy: ActivationPolicy
  /** The latest ordered version besides: an order at the same moment is not seen. */
  readonly after: number
  /** The changes; empty if it was announced before, or no version was. */
  readonly differences: readonly PolicyDifference[]
}

/**
 * Decides whether a published version can be activated: no other version is ahead of it, and outstanding
 * tokens with rights that it removes end with it.
 *
 * @throws `registry.unpublished`; `registry.tightens` naming each place; `registry.conflict` behind a
 *   newer version, or where it was ordered with another minimum; `request.malformed`, `database.*`
 */
export async function planActivation(
  { pv, minimum }: Pick<ActivationRequest, 'pv' | 'minimum'>,
  { store, newest }: Pick<ActivateParts<unknown>, 'store' | 'newest'>,
): Promise<PlannedActivation> {
  const version = await versionOf(pv, store)
  if (version === undefined) {
    throw new FreshetError('registry.unpublished', `Policy version ${pv} was not published.`)
  }
  if (minimum > pv) {
    const message = `With a minimum above ${pv}, its own version, every token would be stale.`
    throw new FreshetError('request.malformed', message)
  }
  requireSameMinimum(pv, minimum, (await store.ordered(pv))?.minimum)
  const policy = { pv, hash: version.hash, minimum }
  const [announced, after] = await Promise.all([newest(), store.latestOrder(pv)])
  if (announced === pv) return { policy, after, differences: [] }
  const latest = Math.max(announced, after)
  if (latest > pv) throw behind(pv, latest)
  const differences: PolicyDifference[] = []
  // A version that is ordered and not announced yet can come at any moment, or never.
  for (const before of new Set([after, announced])) {
    if (before === 0) continue
    differences.splice(0, Infinity, ...(await differencesFrom(before, version, { minimum, store })))
  }
  return { policy, after, differences }
}

/**
 * Activates a published version: notes who ordered it and why, and announces it in every partition.
 * The same order again completes what a failure has left, and is answered alike.
 *
 * @throws as {@link planActivation}; what `announce` throws
 */
export async function activateVersion<T>(
  request: ActivationRequest,
  parts: ActivateParts<T>,
): Promise<T> {
  const { policy, after } = await planActivation(request, parts)
  const { pv, minimum } = policy
  const kept = await parts.store.order({ ...request, atMs: parts.clock.nowMs() }, after)
  if (kept === undefined) {
    const message = 'Another version was ordered at the same moment: look at it, and order again.'
    throw new FreshetError('registry.conflict', message)
  }
  requireSameMinimum(pv, minimum, kept.minimum)
  const announced = await parts.announce(policy)
  if (announced === undefined) throw behind(pv, await parts.newest())
  return announced
}

async function versionOf(
  pv: number,
  store: Pick<VersionStore, 'find'>,
): Promise<PolicyVersion | undefined> {
  const found = await store.find(pv)
  return found && readRegistryDocument(found.document)
}

async function differencesFrom(
  before: number,
  version: PolicyVersion,
  { minimum, store }: { readonly minimum: number; readonly store: Pick<VersionStore, 'find'> },
): Promise<readonly PolicyDifference[]> {
  const { version: pv } = version.registry
  const old = await versionOf(before, store)
  if (old === undefined) {
    if (minimum > before) return []
    const message =
      `What version ${pv} takes away cannot be told, because the text of version ${before} is not ` +
      `kept here. Activate it with a minimum of ${before + 1} to ${pv}.`
    throw new FreshetError('registry.tightens', message)
  }
  const left = withoutMinimum(old.registry, version.registry, minimum)
  if (left.length === 0) return diffVersions(old, version)
  const lines = left.map(({ place, sentence }) => `${place}: ${sentence}`)
  const rule = `Tokens of version ${before} would go on with it. Activate version ${pv} with a minimum of ${pv}.`
  throw new FreshetError('registry.tightens', [...lines, rule].join('\n'))
}

function requireSameMinimum(pv: number, minimum: number, ordered: number | undefined): void {
  if (ordered === undefined || ordered === minimum) return
  const message = `Policy version ${pv} was ordered with a minimum of ${ordered}, which stays.`
  throw new FreshetError('registry.conflict', message)
}

function behind(pv: number, newest: number): FreshetError {
  const message = `Policy version ${newest} was activated, and ${pv} is behind it.`
  return new FreshetError('registry.conflict', message)
}
