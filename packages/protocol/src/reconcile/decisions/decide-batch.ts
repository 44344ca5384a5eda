import {
  OWN_SOURCE,
  type Activation,
  type Change,
  type SnapshotMarker,
  type SourceHeartbeat,
} from '../../changes/change.ts'
import { belongsIn } from '../../changes/change-partitions.ts'
import { observeHeartbeat } from '../../position/feed.ts'
import type { Registry } from '../../registry/registry.ts'
import {
  markerRefusal,
  isConfirmedElsewhere,
  noteMarker,
  takingOf,
} from '../../changes/statements.ts'
import type { Arrived, ArrivedChange, RecordPlace, UnreadableChange } from '../batch/arrival.ts'
import type { BatchDecision } from '../batch/batch-decision.ts'
import { changeKey, type BatchState } from '../batch/batch-state.ts'
import { decideAccount } from './decide-account.ts'
import { decideActivation, decideLateActivation } from './decide-activation.ts'
import { decideClaim } from './decide-claim.ts'
import { decideClearing } from './decide-clearing.ts'
import { heldStatus } from './decide-removal-spike.ts'
import { decideClosing, decideGrant } from './decide-grant.ts'
import { decideSnapshotBegin, decideSnapshotEnd } from './decide-snapshot.ts'
import { decideUnreadable } from './decide-unreadable.ts'
import { decideCutOff, decideDenial, decideWithdrawal } from './decide-wide.ts'
import { finishDraft } from '../finish-draft.ts'
import { countNumber, heldFeed, putFeed, seenChange, startDraft, type Draft } from '../draft.ts'
import { causeOf, logAccepted, type Accepted } from '../origin.ts'
import { changeRefusalOf, isLossForPartner, isWideLoss, type ChangeRefusal } from '../refusal.ts'
import { tenantOf } from '../batch/batch-plan.ts'

/** The inputs of a decision beside the stored state. */
export interface DecisionContext {
  /** The registry of a policy version, if this process has loaded that very content. */
  registryOf(pv: number, hash: string): Registry | undefined
  /** The time of recording; it goes into records and decides nothing. */
  readonly nowMs: number
}

/**
 * Decides a batch of one partition: every record sees the effects of those before it.
 *
 * Pure, total and the same on every replay: the result rests on the stored state of this partition
 * and the records alone. Records below `nextOffset` are passed over. An activation or the end of a
 * full statement must be the only record of its batch (see `batchLength`).
 */
export function decideBatch(
  state: BatchState,
  records: readonly Arrived[],
  context: DecisionContext,
): BatchDecision {
  const { pv, hash } = state.policy
  const registry = pv > 0 && hash !== null ? context.registryOf(pv, hash) : undefined
  const draft = startDraft(state, registry, context.nowMs)
  if (pv > 0 && hash !== null && registry === undefined) {
    draft.waitsFor = { pv, hash }
    return finishDraft(draft, { consumed: 0, nextOffset: state.nextOffset })
  }
  return consume(draft, records, context)
}

function consume(
  draft: Draft,
  records: readonly Arrived[],
  context: DecisionContext,
): BatchDecision {
  let { nextOffset } = draft.state
  let consumed = 0
  for (const record of records) {
    if (record.offset >= nextOffset) {
      if (!decideRecord(draft, record, context)) break
      nextOffset = record.offset + 1n
    }
    consumed += 1
  }
  return finishDraft(draft, { consumed, nextOffset })
}

/** Returns false where the record cannot be done with yet. */
function decideRecord(draft: Draft, at: Arrived, context: DecisionContext): boolean {
  const { arrival } = at
  switch (arrival.kind) {
    case 'heartbeat':
      decideHeartbeat(draft, arrival.heartbeat, at)
      return true
    case 'heartbeats':
      for (const heartbeat of arrival.heartbeats) decideHeartbeat(draft, heartbeat, at)
      return true
    case 'unauthentic':
      unauthentic(draft, at, arrival.rule)
      return true
    case 'unreadable':
      if (arrival.stamp.partition !== draft.state.partition) {
        unauthentic(draft, at, 'the stamp is of another partition')
      } else if (!isRepeat(draft, at, withIds(arrival))) {
        decideUnreadable(draft, at, arrival)
      }
      return true
    case 'change':
      return decideChange(draft, { at, arrival, change: arrival.change }, context)
  }
}

function decideHeartbeat(
  draft: Draft,
  heartbeat: SourceHeartbeat,
  { appendedAtMs }: RecordPlace,
): void {
  const held = heldFeed(draft, heartbeat.tenant, heartbeat.source)
  // It covers the end of a full statement of which not all is taken away yet.
  if (takingOf(held.statements)) return
  putFeed(draft, { ...held, feed: observeHeartbeat(held.feed, heartbeat, appendedAtMs) })
}

/** Changes nothing at all, its number included. */
function unauthentic(draft: Draft, at: Arrived, rule: string): void {
  draft.quarantine.push({ offset: at.offset, code: 'event.unauthentic', rule, cause: null })
}

function decideChange(draft: Draft, accepted: Accepted, context: DecisionContext): boolean {
  const { at, arrival, change } = accepted
  if (arrival.stamp.partition !== draft.state.partition) {
    unauthentic(draft, at, 'the stamp is of another partition')
    return true
  }
  if (isRepeat(draft, at, identityOf(arrival))) return true
  if (!belongsIn(draft.state.partition, change)) {
    decideUnreadable(draft, at, misplaced(arrival))
    return true
  }
  const misfit = isMarker(change) ? placeMarker(draft, change) : undefined
  const refusal = changeRefusalOf(draft.policy?.registry, change) ?? misfit
  if (refusal === undefined) return applyChange(draft, accepted, context)
  if (!isLossForPartner(draft.policy?.registry, change)) refuse(draft, accepted, refusal)
  // A doubt would halt its source for everybody. The source can state this loss without the partner.
  else if (isWideLoss(change)) return applyChange(draft, accepted, context)
  else decideUnreadable(draft, at, { ...doubtful(arrival, change), ...refusal })
  return true
}

function isMarker(change: Change): change is SnapshotMarker {
  return change.kind === 'snapshot-begin' || change.kind === 'snapshot-end'
}

/** Records a snapshot marker, and returns the reason if it fits no snapshot. */
function placeMarker(draft: Draft, marker: SnapshotMarker): ChangeRefusal | undefined {
  const held = heldFeed(draft, marker.tenant, marker.source)
  const givenMs = draft.active.given?.get(marker.source) ?? 0
  putFeed(draft, { ...held, statements: noteMarker(held.statements, marker, givenMs) })
  if (isConfirmedElsewhere(held.statements, marker)) return undefined
  const rule = markerRefusal(held.statements, marker, givenMs)
  return rule === undefined ? undefined : { code: 'event.statement', rule }
}

function identityOf({ change, stamp, contentHash }: ArrivedChange): RecordIdentity {
  const { tenant, source, id, sequence, kind } = change
  const isNamedByContent = source === OWN_SOURCE && kind !== 'activate'
  return { tenant, source, id, stamp, contentHash, sequence: sequence ?? null, isNamedByContent }
}

function doubtful(
  { stamp, contentHash }: ArrivedChange,
  change: Change,
): Omit<UnreadableChange, 'rule'> {
  const { tenant, source, id } = change
  const about = {
    ...('subject' in change && { subject: change.subject }),
    ...('claim' in change && { claim: change.claim }),
  }
  return { kind: 'unreadable', tenant, source, id, ...about, stamp, contentHash }
}

/**
 * A source that writes a change to a partition where its subject's tokens are not judged might mean anything.
 */
function misplaced({ change, stamp, contentHash }: ArrivedChange): UnreadableChange {
  const { tenant, source, id } = change
  const rule = 'the change stands in another partition than its subject'
  return { kind: 'unreadable', tenant, source, id, stamp, contentHash, rule }
}

function refuse(draft: Draft, accepted: Accepted, { code, rule }: ChangeRefusal): void {
  const { at, change } = accepted
  draft.quarantine.push({ offset: at.offset, code, rule, cause: causeOf(change) })
  logAccepted(draft, accepted, { outcome: 'quarantined', tightened: false })
}

interface RecordIdentity {
  readonly tenant: string | undefined
  readonly source: string
  readonly id: string | undefined
  readonly stamp: { readonly number: bigint }
  readonly contentHash: string
  readonly sequence: bigint | null
  /**
   * The id is a function of everything that the change states, its time apart. The gateway can stamp such
   * a statement a second time, because it forgets its own stamps sooner than the change log does.
   */
  readonly isNamedByContent: boolean
}

function withIds(record: UnreadableChange): RecordIdentity {
  const { source, id, stamp, contentHash } = record
  const tenant = tenantOf(record)
  return { tenant, source, id, stamp, contentHash, sequence: null, isNamedByContent: false }
}

/**
 * Counts the record's number, reads its stamp, and returns whether its id was seen before. A number never
 * decides whether a record applies (rule 36): only its id does.
 */
function isRepeat(draft: Draft, at: Arrived, identity: RecordIdentity): boolean {
  const { tenant, source, id, stamp, contentHash, sequence } = identity
  if (tenant === undefined) return false
  countNumber(draft, { tenant, source }, stamp.number)
  if (id === undefined) return false
  const key = changeKey({ tenant, source, id })
  if (!draft.stamps.has(key)) {
    const { number } = stamp
    const { offset } = at
    draft.stamps.set(key, { tenant, source, id, number, sequence, contentHash, offset })
  }
  const seen = seenChange(draft, key)
  if (seen === undefined || seen.as === 'refused') return false
  const isSameStatement = identity.isNamedByContent && seen.as === 'accepted'
  const isSame = seen.contentHash === contentHash || isSameStatement
  if (isSame && seen.held && heldStatus(draft, seen.held, at.offset) !== 'read-again') return false
  if (isSame) {
    draft.duplicates += 1
    return true
  }
  if (seen.as === 'doubtful') return false
  const rule = 'the id was used for other content'
  const cause = { tenant, source, change: id }
  draft.quarantine.push({ offset: at.offset, code: 'event.conflict', rule, cause })
  return true
}

function applyChange(draft: Draft, accepted: Accepted, context: DecisionContext): boolean {
  const { change } = accepted
  switch (change.kind) {
    case 'claim':
      decideClaim(draft, { ...accepted, change })
      return true
    case 'account':
      decideAccount(draft, { ...accepted, change })
      return true
    case 'value-withdrawn':
      decideWithdrawal(draft, { ...accepted, change })
      return true
    case 'cut-off':
      decideCutOff(draft, { ...accepted, change })
      return true
    case 'deny':
      decideDenial(draft, { ...accepted, change })
      return true
    case 'snapshot-begin':
      decideSnapshotBegin(draft, { ...accepted, change })
      return true
    case 'snapshot-end':
      return decideSnapshotEnd(draft, { ...accepted, change })
    case 'activate':
      return activate(draft, { ...accepted, change }, context)
    case 'open': {
      const refusal = decideGrant(draft, { ...accepted, change })
      if (refusal !== undefined) refuse(draft, accepted, refusal)
      return true
    }
    case 'close':
      decideClosing(draft, { ...accepted, change })
      return true
    case 'clear-doubt':
      decideClearing(draft, { ...accepted, change })
      return true
  }
}

function activate(draft: Draft, accepted: Accepted<Activation>, context: DecisionContext): boolean {
  const { pv, hash } = accepted.change
  if (pv <= draft.active.pv) {
    decideLateActivation(draft, accepted)
    return true
  }
  const registry = context.registryOf(pv, hash)
  if (registry === undefined) {
    draft.waitsFor = { pv, hash }
    return false
  }
  const walking = [...draft.state.feeds.values()].find(({ statements }) => takingOf(statements))
  if (walking !== undefined) {
    draft.walksFirst = { tenant: walking.tenant, source: walking.source }
    return false
  }
  decideActivation(draft, accepted, registry)
  return true
}
