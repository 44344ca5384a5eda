import { signingKey, type TimedKey } from '../keys/timed-key.ts'
import type { Label } from '../position/position.ts'
import type { Audience, Claim, Registry } from '../registry/registry.ts'
import type { ClaimValue, DenialKind } from '../scope/scope.ts'
import { subjectKey, type Subject } from '../scope/subject.ts'
import type { Omission, TokenParty } from '../judge/token.ts'
import { isAccountInDoubt } from './account-in-force.ts'
import { sizeOf } from './claims-in-force.ts'
import { claimsToCarry, type CarriedClaims } from './claims-to-carry.ts'
import type { MintSnapshot, PartitionSnapshot, PartySnapshot } from './mint-snapshot.ts'
import { isInDoubtForParties, valuesOfParties } from './rights-of-parties.ts'
import { firstUngranted, scopeClaims, type UngrantedScope } from './scopes-to-grant.ts'
import { silentFeed, watchedFeeds, type SilentFeed, type WatchedFeed } from './silent-sources.ts'
import { CLOCK_TOLERANCE_MS } from './source-lease.ts'

/** Actors that a token may be minted for: the depth of its `act` (RFC 8693 §4.1). */
export const MINTED_ACTORS_MAX = 3

/** The wanted token, and the version of the registry to mint it by. */
export interface MintRequest {
  /** The subject first, then its actors. */
  readonly parties: readonly [Subject, ...Subject[]]
  readonly audience: Audience
  /** Scopes that were asked for and that client and audience have. Absent: none. */
  readonly scopes?: readonly string[]
  readonly registry: Registry
  /** Hash of the registry file. */
  readonly registryHash: string
  /** Our keys: the token is signed by the one whose turn it is, or by one behind it. */
  readonly keys: readonly TimedKey[]
  /** Taken before the snapshot was read (rule 25). */
  readonly iatMs: number
  /** The end of the token that it is exchanged for: the new one ends no later. */
  readonly notAfterMs?: number
  /** The issue times of long-lived tokens that name the parties, by `subjectKey` of the party. */
  readonly identifiedMs?: ReadonlyMap<string, number>
}

/** A token that may be minted. */
export interface MintGrant {
  readonly kind: 'grant'
  /** The key that signs it. */
  readonly kid: string
  readonly parties: readonly [TokenParty, ...TokenParty[]]
  /** Every claim of the audience that is not omitted; a scalar without a value has an empty list. */
  readonly claims: ReadonlyMap<string, readonly ClaimValue[]>
  /** Claims of the audience that the token must name as left out. */
  readonly omitted: ReadonlyMap<string, Omission>
  /** Claims that the scopes asked for are derived from; each is carried. */
  readonly scopedBy: readonly string[]
  readonly expMs: number
  /** The least `through` of each source that the token rests on, for the issuance record. */
  readonly throughMs: ReadonlyMap<string, number>
}

/** The source that is silent, and whether each of several sources is, in the same partition. */
export interface SilentSource extends Pick<SilentFeed, 'source' | 'partition' | 'isEvery'> {
  readonly kind: 'silent-source'
}

/** Why nothing is minted. Nothing is left out but what the registry lets be, and nothing silently. */
export type MintRefusal =
  | { readonly kind: 'not-active'; readonly active: number; readonly loaded: number }
  | { readonly kind: 'denied'; readonly denial: Exclude<DenialKind, 'key'> }
  | { readonly kind: 'no-key' }
  | { readonly kind: 'unknown-subject'; readonly party: number }
  | { readonly kind: 'account-off'; readonly party: number }
  | { readonly kind: 'account-doubt'; readonly party: number }
  | { readonly kind: 'identity-ended'; readonly party: number }
  | SilentSource
  | { readonly kind: 'doubt'; readonly claim: string }
  | { readonly kind: 'too-large'; readonly claim: string; readonly maxBytes: number }
  | { readonly kind: 'over-budget'; readonly audience: string; readonly maxBytes: number }
  | { readonly kind: 'unregistered'; readonly claim: string }
  | UngrantedScope
  | { readonly kind: 'cycle' }
  | { readonly kind: 'too-deep'; readonly actorsMax: number }

/**
 * Decides by one snapshot whether a token is minted, with which label and claims, and until when.
 *
 * Invariant: the claim's live source sent every granted value at a position below the label, and nothing
 * below the label removed it.
 */
export function decideMint(request: MintRequest, snapshot: MintSnapshot): MintGrant | MintRefusal {
  const all = claimsOf(request)
  if ('kind' in all) return all
  const isSilent = (claim: Claim): boolean =>
    refuseSilence(request, [claim], snapshot) !== undefined
  const carried = claimsToCarry(all, request, snapshot, isSilent)
  const { claims } = carried
  const refusal =
    refuseChain(request) ??
    refuseVersion(request, snapshot) ??
    refuseDenied(snapshot) ??
    refuseSilence(request, claims, snapshot) ??
    refuseParty(snapshot, request.registry) ??
    refuseEnded(request, snapshot) ??
    refuseClaims(claims, snapshot, request.registry) ??
    refuseBudget(claims, snapshot, request) ??
    refuseScopes(request, claims, snapshot)
  if (refusal !== undefined) return refusal
  const kid = signerOf(request, snapshot)
  return kid === undefined ? { kind: 'no-key' } : grant(request, carried, snapshot, kid)
}

function claimsOf({ audience, registry }: MintRequest): readonly Claim[] | MintRefusal {
  const claims: Claim[] = []
  for (const name of audience.claims) {
    const claim = registry.claims.get(name)
    if (claim === undefined) return { kind: 'unregistered', claim: name }
    claims.push(claim)
  }
  return claims
}

/** A party that acts for itself in the end would be asked for nothing that it does not have already. */
function refuseChain({ parties }: MintRequest): MintRefusal | undefined {
  if (new Set(parties.map(subjectKey)).size < parties.length) return { kind: 'cycle' }
  const actors = parties.length - 1
  return actors > MINTED_ACTORS_MAX ? { kind: 'too-deep', actorsMax: MINTED_ACTORS_MAX } : undefined
}

/** Every partition of the label must have passed the activation (rules 21 and 32). */
function refuseVersion(request: MintRequest, snapshot: MintSnapshot): MintRefusal | undefined {
  const { registry, registryHash } = request
  const { control } = snapshot
  for (const partition of [control, ...snapshot.parties.map((party) => party.partition)]) {
    const sameVersion = partition.activePv === registry.version
    if (sameVersion && partition.activeHash === registryHash && partition.e === control.e) continue
    return { kind: 'not-active', active: partition.activePv, loaded: registry.version }
  }
  return undefined
}

function refuseDenied({ denied }: MintSnapshot): MintRefusal | undefined {
  for (const { kind } of denied) if (kind !== 'key') return { kind: 'denied', denial: kind }
  return undefined
}

/** A denied key signs nothing more; minting goes on with the next one (rule 23). */
function signerOf({ keys, iatMs }: MintRequest, { denied }: MintSnapshot): string | undefined {
  const isDenied = (kid: string): boolean =>
    denied.some(({ kind, id }) => kind === 'key' && id === kid)
  return signingKey(keys, iatMs, (kid) => !isDenied(kid))?.kid
}

function refuseSilence(
  { parties, registry, iatMs: atMs }: MintRequest,
  claims: readonly Claim[],
  snapshot: MintSnapshot,
): MintRefusal | undefined {
  const silent = silentFeed({ parties, registry, atMs }, claims, snapshot)
  if (silent === undefined) return undefined
  const { source, partition, isEvery } = silent
  return { kind: 'silent-source', source, partition, isEvery }
}

function refuseParty(
  { control, parties, doubts }: MintSnapshot,
  { account: source }: Registry,
): MintRefusal | undefined {
  const isStated = control.statedAccounts?.has(source) === true
  for (const [party, { known, account, ...actor }] of parties.entries()) {
    if (!known) return { kind: 'unknown-subject', party }
    const own = 'doubts' in actor ? actor.doubts : doubts
    if (isAccountInDoubt(account, { source, isStated, doubts: own })) {
      return { kind: 'account-doubt', party }
    }
    if (account.state !== 'enabled') return { kind: 'account-off', party }
  }
  return undefined
}

/**
 * An event that ended the sessions of an account also ended the tokens that named it until then. They carry
 * no label, so times are compared: those of two clocks, which can differ by the tolerance.
 */
function refuseEnded(
  { parties, identifiedMs }: MintRequest,
  snapshot: MintSnapshot,
): MintRefusal | undefined {
  for (const [party, subject] of parties.entries()) {
    const issuedMs = identifiedMs?.get(subjectKey(subject))
    const endedMs = snapshot.parties[party]?.accountEndedMs
    if (issuedMs === undefined || endedMs === undefined) continue
    if (issuedMs <= endedMs + CLOCK_TOLERANCE_MS) return { kind: 'identity-ended', party }
  }
  return undefined
}

function refuseClaims(
  claims: readonly Claim[],
  snapshot: MintSnapshot,
  registry: Registry,
): MintRefusal | undefined {
  for (const claim of claims) {
    if (isInDoubtForParties(claim, snapshot, registry)) return { kind: 'doubt', claim: claim.name }
    const { maxBytes } = claim
    if (maxBytes === undefined) continue
    const size = sizeOf(valuesOfParties(claim, snapshot, registry))
    if (size > maxBytes) return { kind: 'too-large', claim: claim.name, maxBytes }
  }
  return undefined
}

/** All values together: what one claim leaves of the budget, another may use. */
function refuseBudget(
  claims: readonly Claim[],
  snapshot: MintSnapshot,
  { audience, registry }: MintRequest,
): MintRefusal | undefined {
  const { name, maxBytes } = audience
  if (maxBytes === undefined) return undefined
  const sizes = claims.map((claim) => sizeOf(valuesOfParties(claim, snapshot, registry)))
  const size = sizes.reduce((sum, each) => sum + each, 0)
  return size > maxBytes ? { kind: 'over-budget', audience: name, maxBytes } : undefined
}

/** A scope is derived from what the token carries, so that whatever ends that is seen to end it. */
function refuseScopes(
  { scopes = [], audience, registry }: MintRequest,
  claims: readonly Claim[],
  snapshot: MintSnapshot,
): MintRefusal | undefined {
  if (scopes.length === 0) return undefined
  return firstUngranted(scopes, audience, valuesOf(claims, snapshot, registry))
}

function valuesOf(
  claims: readonly Claim[],
  snapshot: MintSnapshot,
  registry: Registry,
): MintGrant['claims'] {
  return new Map(claims.map((claim) => [claim.name, valuesOfParties(claim, snapshot, registry)]))
}

function grant(
  request: MintRequest,
  { claims, omitted }: CarriedClaims,
  snapshot: MintSnapshot,
  kid: string,
): MintGrant {
  const { registry, iatMs } = request
  const [first, ...actors] = request.parties
  const party = (subject: Subject, index: number): TokenParty => ({
    subject,
    label: labelOf(snapshot.control, snapshot.parties[index] ?? snapshot.parties[0]),
  })
  return {
    kind: 'grant',
    kid,
    parties: [party(first, 0), ...actors.map((actor, index) => party(actor, index + 1))],
    claims: valuesOf(claims, snapshot, registry),
    omitted,
    scopedBy: scopeClaims(request.scopes ?? [], request.audience),
    expMs: Math.min(iatMs + lifeMs(request), request.notAfterMs ?? Infinity),
    throughMs: leastThrough(watchedFeeds(request, claims, snapshot)),
  }
}

/** The shortest life counts, of claims that are left out too: less in a token makes it live no longer. */
function lifeMs({ audience, registry }: MintRequest): number {
  const lives = audience.claims.flatMap((name) => registry.claims.get(name)?.maxTtlMs ?? [])
  return Math.min(audience.ttlMs, ...lives)
}

function labelOf(control: PartitionSnapshot, { partition }: PartySnapshot): Label {
  return { e: control.e, s: partition.nextOffset, c: control.nextOffset }
}

function leastThrough(all: readonly WatchedFeed[]): ReadonlyMap<string, number> {
  const least = new Map<string, number>()
  for (const { source, at } of all) {
    const throughMs = at.throughMs.get(source)
    if (throughMs === null || throughMs === undefined) continue
    least.set(source, Math.min(throughMs, least.get(source) ?? throughMs))
  }
  return least
}
