import type { SnapshotBegin, SnapshotEnd } from '../change.ts'
import { invariant } from '../errors/freshet-error.ts'
import { awaitStatement, endHalt } from '../feed.ts'
import { NO_VERSION } from '../source-version.ts'
import type { Statements } from '../statements.ts'
import { concernedBy, ownedClaims, statedClaims } from '../stated-claims.ts'
import { subjectKey, type Subject } from '../subject.ts'
import { needsConfirmation } from '../sweep-guard.ts'
import { raiseFloor } from './claim-merge.ts'
import { claimKey, type HeldClaim } from './batch-state.ts'
import { putClaim } from './decide-claim.ts'
import { compareSources } from './decide-contradiction.ts'
import { noteMissed } from './decide-missed.ts'
import { heldFeed, policyOf, putFeed, type Draft } from './draft.ts'
import {
  causeOf,
  logAccepted,
  publicationOrigin,
  revocationOrigin,
  type Accepted,
} from './origin.ts'
import { revokeClaims } from './revoke-claims.ts'

/** Opens a full statement; a newer begin replaces an older one that has not ended. */
export function decideSnapshotBegin(draft: Draft, accepted: Accepted<SnapshotBegin>): void {
  const { tenant, source, sourceVersion: open } = accepted.change
  const held = heldFeed(draft, tenant, source)
  const feed = awaitStatement(held.feed, accepted.arrival.stamp.number)
  const latest = accepted.change.id
  const statements = { ...held.statements, open, latest, held: false, compared: 0 }
  putFeed(draft, { ...held, feed, statements })
  logAccepted(draft, accepted, { outcome: 'noop', tightened: false })
}

/**
 * Ends a full statement, or holds it where it leaves out much and does not confirm that. Elements
 * older than its *begin* are gone: its own version may be newer than what was said in between, and
 * as a floor it would take that away too.
 *
 * Where more claims are stored than one batch may change, only some are done and `false` is
 * returned: the record is decided again, and finds the rest. Those done are above the floor.
 */
export function decideSnapshotEnd(draft: Draft, accepted: Accepted<SnapshotEnd>): boolean {
  const { tenant, source } = accepted.change
  const held = heldFeed(draft, tenant, source)
  const { open, latest: ended } = held.statements
  if (open === null) {
    logAccepted(draft, accepted, { outcome: 'late', tightened: false })
    return true
  }
  if (isUnconfirmed(draft, accepted.change)) return holdSnapshot(draft, accepted)
  const lost = sweep(draft, accepted, held.statements)
  if (draft.state.sweptMore) return false
  const claims = ownedClaims(policyOf(draft).registry, source)
  const statements = { ...held.statements, open: null, ended, held: false, covers: claims }
  putFeed(draft, { ...held, feed: endHalt(held.feed), statements })
  draft.settledClaims = { tenant, claims }
  logAccepted(draft, accepted, { outcome: 'applied', tightened: lost })
  return true
}

function isUnconfirmed({ state, policy }: Draft, { source, confirmed }: SnapshotEnd): boolean {
  const share = policy?.registry.sources.get(source)?.sweepShare
  return confirmed !== true && needsConfirmation(state.sweepSize, share)
}

/** Takes nothing away, and trusts nothing either, until the source says which of both was wrong. */
function holdSnapshot(draft: Draft, accepted: Accepted<SnapshotEnd>): boolean {
  const { at, change } = accepted
  const { losing, claims } = draft.state.sweepSize
  const held = heldFeed(draft, change.tenant, change.source)
  const statements = { ...held.statements, held: true }
  putFeed(draft, { ...held, statements, feed: { ...held.feed, halted: true } })
  const rule = `it leaves out ${losing} of ${claims} claims here, and does not confirm that`
  const cause = causeOf(change)
  draft.quarantine.push({ offset: at.offset, code: 'event.unconfirmed', rule, cause })
  logAccepted(draft, accepted, { outcome: 'quarantined', tightened: false })
  return true
}

function sweep(draft: Draft, accepted: Accepted<SnapshotEnd>, statements: Statements): boolean {
  let lost = false
  for (const { subject, claims } of bySubject(draft.state.swept)) {
    const tightened = sweepSubject(draft, statements, {
      subject,
      claims,
      change: accepted.change.id,
    })
    if (tightened.size === 0) continue
    lost = true
    revokeClaims(draft, {
      at: accepted.at,
      subject,
      // Not disclosed: the withdrawals and deletions of so many were not loaded.
      claims: new Map([...tightened].map((name) => [name, null])),
      origin: revocationOrigin(draft, accepted, partOf(subject, tightened)),
      ...publicationOrigin(accepted),
      tightened: true,
    })
  }
  return lost
}

/** A subject's claims may be swept in two steps; each step's revocation has a name of its own. */
function partOf({ iss, sub }: Subject, claims: ReadonlySet<string>): string {
  return `${iss}#${sub}#${[...claims].join(',')}`
}

interface SubjectClaims {
  readonly subject: Subject
  readonly claims: readonly HeldClaim[]
}

function sweepSubject(
  draft: Draft,
  statements: Statements,
  { subject, claims, change }: SubjectClaims & { readonly change: string },
): ReadonlySet<string> {
  const tightened = new Set<string>()
  const stated = new Map(statedClaims(policyOf(draft).registry).map((each) => [each.name, each]))
  for (const held of claims) {
    const claim = stated.get(held.claim)
    invariant(claim, 'Words of a source are swept that states no such claim.')
    const stored = draft.claims.get(claimKey(subject, held.claim)) ?? held
    const merge = raiseFloor(claim, stored, statements.open ?? NO_VERSION)
    putClaim(draft, subject, claim, merge.state)
    const difference = { claim, before: stored, after: merge.state }
    if (merge.changed) noteMissed(draft, statements, { subject, change, difference })
    compareSources(draft, { subject, claim, before: stored.state, after: merge.state, change })
    if (merge.tightened) tightened.add(concernedBy(claim.name))
  }
  return tightened
}

/** In the order of the subjects' keys, so that a replay publishes in the same order. */
function bySubject(swept: readonly HeldClaim[]): readonly SubjectClaims[] {
  const groups = new Map<string, HeldClaim[]>()
  for (const held of swept) {
    const key = subjectKey(held.subject)
    const group = groups.get(key)
    if (group) group.push(held)
    else groups.set(key, [held])
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, claims]) => (claims[0] ? [{ subject: claims[0].subject, claims }] : []))
}
