import { OWN_SOURCE, HEARTBEAT_INTERVAL_MS, GRANT_MS_MAX, type Source } from '@freshet/protocol'
import { writtenDuration } from '../../diff/difference.ts'
import { finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts, ReadableRegistry } from '../readable-registry.ts'
import { repeats, unknownName } from '../reference-findings.ts'
import { connectionFindings } from './connection-findings.ts'

/** A lease that ends before the second heartbeat after the last ends while all is well. */
const LEASE_MS_MIN = 2 * HEARTBEAT_INTERVAL_MS

/** @internal What is wrong with who may say what. */
export function speakerFindings(registry: LintedParts): readonly Finding[] {
  const { account, cutOffs } = registry
  const named = (name: string, place: string): readonly Finding[] =>
    unknownName(registry, { code: 'source.unknown', part: 'sources', name, place })
  return [
    ...(account === undefined ? [] : named(account, '/account')),
    ...cutOffs.flatMap((id, at) => named(id, `/cutOffs/${at}`)),
    ...repeats(cutOffs, '/cutOffs'),
    ...longGrants(registry),
    ...guardsNothing(registry),
  ]
}

function longGrants({ breakGlassMaxMs = 0 }: ReadableRegistry): readonly Finding[] {
  if (breakGlassMaxMs <= GRANT_MS_MAX) return []
  const message = `a route could stay open for ${writtenDuration(breakGlassMaxMs)}`
  return [finding('break-glass.too-long', '/breakGlass/maxFor', { message, fix: 'use at most 1d' })]
}

function guardsNothing({ cutOffShare }: ReadableRegistry): readonly Finding[] {
  if (cutOffShare !== 1) return []
  const message = 'no cut-off touches more than all of a tenant, so none is ever held'
  const text = { message, fix: 'use a smaller share, or leave it out' }
  return [finding('guard.holds-nothing', '/guards/cutOff', text)]
}

/** @internal What is wrong with the sources. */
export function sourceFindings(registry: LintedParts): readonly Finding[] {
  const speaking = speakersOf(registry)
  return [...registry.sources.values()].flatMap((source) => {
    const place = pointer('sources', source.id)
    return [
      ...missingOwner(source.owner, `source ${source.id}`, place),
      ...reserved(source, place),
      ...slowHeartbeat(source, place),
      ...shortLease(source, place),
      ...removesUnconfirmed(source, place),
      ...holdsNothing(registry, source, place),
      ...speaksForItself(source, place),
      ...connectionFindings(registry, source),
      ...repeats(source.onBehalfOf, `${place}/onBehalfOf`),
      ...(speaking === undefined || speaking.has(source.id) ? [] : speaksOfNothing(source, place)),
    ]
  })
}

/** @internal A source or a claim that nobody answers for. */
export function missingOwner(owner: string, what: string, place: string): readonly Finding[] {
  if (owner.trim() !== '') return []
  const text = { message: `${what} has no owner`, fix: 'name the team that answers for it' }
  return [finding('owner.missing', `${place}/owner`, text)]
}

/** Its signature would count as ours, whatever the registry gives it. */
function reserved({ id }: Source, place: string): readonly Finding[] {
  if (id !== OWN_SOURCE) return []
  const message = `${id} is the name of the product itself, which no registry can give away`
  return [finding('source.reserved', place, { message, fix: 'give the source another name' })]
}

function slowHeartbeat({ id, heartbeatMs, leaseMs }: Source, place: string): readonly Finding[] {
  if (heartbeatMs < leaseMs) return []
  const message = `source ${id} would be silent beyond its lease between two heartbeats`
  const fix = 'make heartbeat a fraction of lease'
  return [finding('source.heartbeat-slower-than-lease', `${place}/heartbeat`, { message, fix })]
}

function shortLease({ id, leaseMs }: Source, place: string): readonly Finding[] {
  if (leaseMs >= LEASE_MS_MIN) return []
  const message = `the lease of source ${id} ends between two heartbeats that edges hear`
  const fix = `make lease ${writtenDuration(LEASE_MS_MIN)} or longer`
  return [finding('source.lease-too-short', `${place}/lease`, { message, fix })]
}

function removesUnconfirmed(
  { id, snapshotRemovalShare: share = 0 }: Source,
  place: string,
): readonly Finding[] {
  if (share < 1) return []
  const message = `a statement of source ${id} may leave out everything, and nobody is asked`
  const fix = 'make maxSweep less than 100%'
  return [finding('source.sweeps-unasked', `${place}/maxSweep`, { message, fix })]
}

/** Account events, cut-offs and withdrawn values are never held. */
function holdsNothing(
  { claims, declared }: LintedParts,
  { id, removalLimit }: Source,
  place: string,
): readonly Finding[] {
  if (removalLimit === undefined || declared.claims?.size !== claims.size) return []
  const isStating = [...claims.values()].some(
    ({ source, corroborates }) => source === id || corroborates === id,
  )
  if (isStating) return []
  const message = `source ${id} states no claim, so nothing of it is ever held`
  const text = { message, fix: 'leave maxRemovals out' }
  return [finding('guard.holds-nothing', `${place}/maxRemovals`, text)]
}

function speaksForItself({ id, onBehalfOf }: Source, place: string): readonly Finding[] {
  const at = onBehalfOf.indexOf(id)
  if (at === -1) return []
  const message = `source ${id} is named as another one that it speaks for`
  const text = { message, fix: `remove ${id}, or name the source that was meant` }
  return [finding('source.speaks-for-itself', `${place}/onBehalfOf/${at}`, text)]
}

function speaksOfNothing({ id }: Source, place: string): readonly Finding[] {
  const message = `source ${id} tells no claim, no accounts, no cut-offs and no issuances`
  return [
    finding('source.speaks-of-nothing', place, {
      message,
      fix: `remove ${id}, or declare its claim`,
    }),
  ]
}

/** Returns `undefined` if a part that names speakers cannot be read. */
function speakersOf(registry: ReadableRegistry): ReadonlySet<string> | undefined {
  const { account, claims, cutOffs, declared } = registry
  if (account === undefined || declared.claims?.size !== claims.size) return undefined
  const issuers = [...(registry.issuers?.values() ?? [])]
  const telling = issuers.flatMap(({ issuances }) => issuances ?? [])
  const speaking = [...claims.values()].flatMap((claim) => [claim.source, claim.corroborates ?? []])
  return new Set([account, ...cutOffs, ...speaking.flat(), ...telling])
}
