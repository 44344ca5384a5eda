import { claimMapOf, timedClaims, type ClaimMap } from '../claims/claim-map.ts'
import type { ClaimState } from '../claims/claim-state.ts'
import { observeNumber, SILENT_FEED } from '../position/feed.ts'
import { invariant } from '../errors/freshet-error.ts'
import { laterPosition, after, type Position } from '../position/position.ts'
import type { Registry } from '../registry/registry.ts'
import type { Revocation } from '../changes/revocation.ts'
import { scopeKey } from '../scope/scope.ts'
import type { HeldGrant } from '../changes/break-glass-grant.ts'
import type { RecordPlace } from './batch/arrival.ts'
import type {
  Announcement,
  BatchDecision,
  Cause,
  Contradiction,
  DoubtEntry,
  LearnedStamp,
  ChangeLogEntry,
  MissedChange,
  Publication,
  QuarantineEntry,
  RaisedWatermark,
  StoredDenial,
  TokenMark,
  WithdrawnEntry,
  SettledClaims,
} from './batch/batch-decision.ts'
import {
  changeKey,
  claimKey,
  feedKey,
  type ActivePolicy,
  type BatchState,
  type HeldAccount,
  type HeldClaim,
  type HeldFeed,
  type SeenChange,
} from './batch/batch-state.ts'
import { accountAsClaim, countStored } from './snapshot/count-claims.ts'
import { NO_STATEMENTS } from '../changes/statements.ts'
import type { StatedClaim } from '../claims/stated-claims.ts'
import { subjectKey, type Subject } from '../scope/subject.ts'

/** The registry in force, with what is derived from it once per batch. */
export interface Policy {
  readonly registry: Registry
  readonly map: ClaimMap
  /** Claims whose change times edges need, for foreign tokens. */
  readonly timed: ReadonlySet<string>
}

/**
 * A decision being made: the loaded state with the effects of the batch's earlier records over it.
 * It lives for one call of `decideBatch`.
 */
export interface Draft {
  readonly state: BatchState
  readonly nowMs: number
  readonly policy: Policy | undefined
  active: ActivePolicy
  activated: BatchDecision['activated']
  waitsFor: BatchDecision['waitsFor']
  walksFirst: BatchDecision['walksFirst']
  settledClaims: SettledClaims | null
  forgottenWithdrawals: readonly string[]
  /** `null` where none opened or closed. */
  grants: readonly HeldGrant[] | null
  duplicates: number
  readonly seen: Map<string, SeenChange>
  readonly claims: Map<string, HeldClaim>
  readonly accounts: Map<string, HeldAccount>
  readonly feeds: Map<string, HeldFeed>
  readonly withdrawn: Map<string, WithdrawnEntry>
  readonly doubts: Map<string, DoubtEntry>
  readonly watermarks: Map<string, RaisedWatermark>
  readonly denials: Map<string, StoredDenial>
  readonly log: Map<string, ChangeLogEntry>
  readonly stamps: Map<string, LearnedStamp>
  readonly missed: MissedChange[]
  readonly announced: Announcement[]
  /** The contradictions, by subject and claim. */
  readonly contradictions: Map<string, Contradiction>
  readonly publications: Publication[]
  readonly quarantine: QuarantineEntry[]
  readonly marks: TokenMark[]
}

/** An empty draft over the loaded state. */
export function startDraft(
  state: BatchState,
  registry: Registry | undefined,
  nowMs: number,
): Draft {
  return {
    state,
    nowMs,
    policy: registry && policyFor(registry),
    active: state.policy,
    activated: null,
    waitsFor: null,
    walksFirst: null,
    settledClaims: null,
    forgottenWithdrawals: [],
    grants: null,
    duplicates: 0,
    seen: new Map(),
    claims: new Map(),
    accounts: new Map(),
    feeds: new Map(),
    withdrawn: new Map(),
    doubts: new Map(),
    watermarks: new Map(),
    denials: new Map(),
    log: new Map(),
    stamps: new Map(),
    missed: [],
    announced: [],
    contradictions: new Map(),
    publications: [],
    quarantine: [],
    marks: [],
  }
}

function policyFor(registry: Registry): Policy {
  const map = claimMapOf(registry)
  return { registry, map, timed: timedClaims(map) }
}

/** The policy in force; every record but an activation was refused before where there is none. */
export function policyOf(draft: Draft): Policy {
  invariant(draft.policy, 'A change is judged before any policy version is active.')
  return draft.policy
}

export function heldClaim(draft: Draft, subject: Subject, claim: string): HeldClaim | undefined {
  const key = claimKey(subject, claim)
  return draft.claims.get(key) ?? draft.state.claims.get(key)
}

export function heldAccount(draft: Draft, subject: Subject): HeldAccount | undefined {
  const key = subjectKey(subject)
  return draft.accounts.get(key) ?? draft.state.accounts.get(key)
}

/** Stores an account, and counts it where the snapshot of its source is being counted. */
export function putAccount(draft: Draft, held: HeldAccount): void {
  const before = heldAccount(draft, held.subject)
  draft.accounts.set(subjectKey(held.subject), held)
  const { source } = held.state
  if (source === null) return
  const key = feedKey({ tenant: held.subject.tenant, source })
  const feed = draft.feeds.get(key) ?? draft.state.feeds.get(key)
  const counted = feed && countStored(feed, before && accountAsClaim(before), accountAsClaim(held))
  if (counted !== undefined && counted !== feed) draft.feeds.set(key, counted)
}

export function heldFeed(draft: Draft, tenant: string, source: string): HeldFeed {
  const key = feedKey({ tenant, source })
  return (
    draft.feeds.get(key) ??
    draft.state.feeds.get(key) ?? {
      tenant,
      source,
      feed: SILENT_FEED,
      statements: NO_STATEMENTS,
    }
  )
}

/** Stores a claim, and counts it where the statement of its source is being counted. */
export function putClaim(
  draft: Draft,
  subject: Subject,
  claim: StatedClaim,
  state: ClaimState,
): void {
  const before = heldClaim(draft, subject, claim.name)
  const held = { subject, claim: claim.name, source: claim.source, state }
  draft.claims.set(claimKey(subject, claim.name), held)
  const key = feedKey({ tenant: subject.tenant, source: claim.source })
  const feed = draft.feeds.get(key) ?? draft.state.feeds.get(key)
  const counted = feed && countStored(feed, before, held)
  if (counted !== undefined && counted !== feed) draft.feeds.set(key, counted)
}

/** Stores a feed, unless it is what is stored already. */
export function putFeed(draft: Draft, feed: HeldFeed): void {
  const before = heldFeed(draft, feed.tenant, feed.source)
  const isSame = before.feed === feed.feed && before.statements === feed.statements
  if (isSame && before.removals === feed.removals) return
  draft.feeds.set(feedKey(feed), feed)
}

/** Counts the number of an authentic record, whatever becomes of the record (rule 36). */
export function countNumber(
  draft: Draft,
  feed: { tenant: string; source: string },
  n: bigint,
): void {
  const held = heldFeed(draft, feed.tenant, feed.source)
  const counted = observeNumber(held.feed, n)
  if (counted !== held.feed) draft.feeds.set(feedKey(feed), { ...held, feed: counted })
}

export function seenChange(draft: Draft, key: string): SeenChange | undefined {
  return draft.seen.get(key) ?? draft.state.seen.get(key)
}

/** Writes the row of a change and remembers its id for the rest of the batch. */
export function logChange(draft: Draft, row: ChangeLogEntry): void {
  const key = changeKey(row)
  draft.log.set(key, row)
  const refused = row.outcome === 'quarantined'
  const { contentHash, outcome, offset } = row
  const { e, partition } = draft.state
  const as = refused
    ? 'refused'
    : outcome === 'doubtful' || outcome === 'held'
      ? outcome
      : 'accepted'
  const held = outcome === 'held' ? { held: { e, partition, offset } } : {}
  draft.seen.set(key, { contentHash, as, ...held })
}

/** The watermark of a record: tokens labelled below it are stale. */
export function positionOf(draft: Draft, at: RecordPlace): Position {
  return after(draft.state.e, at.offset)
}

/** A name for a record that repeats when it is read again. */
export function placeName(draft: Draft, at: RecordPlace): string {
  return `${draft.state.e}-${draft.state.partition}-${at.offset}`
}

/** Merges watermarks of one batch by max, as the store does over batches (rule 9). */
export function raiseWatermark(draft: Draft, raised: RaisedWatermark): void {
  const key = scopeKey(raised.scope)
  const before = draft.watermarks.get(key)
  draft.watermarks.set(key, before ? laterWatermark(before, raised) : raised)
}

/** Position and time rise separately, and each keeps its cause. */
function laterWatermark(before: RaisedWatermark, raised: RaisedWatermark): RaisedWatermark {
  const first = before.position ?? undefined
  const rises = raised.position !== null && laterPosition(first, raised.position) !== first
  const timeMs = Math.max(before.timeMs, raised.timeMs)
  if (rises) {
    const timed = raised.timeMs >= before.timeMs ? {} : { timed: before.timed ?? timedBy(before) }
    return { ...raised, ...timed, timeMs }
  }
  return raised.timeMs > before.timeMs ? { ...before, timed: timedBy(raised), timeMs } : before
}

function timedBy({
  tenant,
  source,
  change,
  publication,
}: RaisedWatermark): NonNullable<RaisedWatermark['timed']> {
  return { tenant, source, change, publication }
}

/** Joins the entries of a doubt; `raised` and `settled` can come in either order. */
export function noteDoubt(draft: Draft, doubt: DoubtEntry): void {
  const { e, partition, offset } = doubt.ref
  const key = JSON.stringify([
    subjectKey(doubt.subject),
    doubt.claim,
    String(e),
    partition,
    String(offset),
  ])
  const before = draft.doubts.get(key)
  draft.doubts.set(key, {
    ...doubt,
    raised: doubt.raised || (before?.raised ?? false),
    settled: doubt.settled || (before?.settled ?? false),
  })
}

/** Appends a revocation to the earlier ones, and returns its index. */
export function publish(
  draft: Draft,
  revocation: Revocation,
  origin: { cause: Cause; traceparent: string | null },
): number {
  return draft.publications.push({ kind: 'revocation', revocation, ...origin }) - 1
}
