import { CONTROL_PARTITION, partitionOf } from '../../position/partition.ts'
import type { Registry } from '../../registry/registry.ts'
import {
  concernedBy,
  statedBy,
  statedClaims,
  type StatedClaim,
} from '../../claims/stated-claims.ts'
import { takingOf } from '../../changes/statements.ts'
import { subjectKey, type Subject } from '../../scope/subject.ts'
import type { Arrived, UnreadableChange } from '../batch/arrival.ts'
import type { Cause, Outcome } from '../batch/batch-decision.ts'
import { tenantOf } from '../batch/batch-plan.ts'
import { doubtClaims } from './decide-account.ts'
import { heldFeed, logChange, placeName, policyOf, putFeed, type Draft } from '../draft.ts'
import { revocationOrigin } from '../origin.ts'
import { forbidden, NOT_ACTIVE, subjectRefusal, type ChangeRefusal } from '../refusal.ts'
import { revokeAccount } from '../revoke-account.ts'
import { revokeClaims } from '../revoke-claims.ts'

/**
 * An authentic, unreadable record can mean any removal that its source is allowed, as far as its subject and
 * claim are known: these are revoked, and in doubt until a `set` names the record (rule 20).
 */
export function decideUnreadable(draft: Draft, at: Arrived, record: UnreadableChange): void {
  const refusal = refusalOfUnreadable(draft.policy?.registry, record)
  if (refusal !== undefined) return note(draft, at, record, { ...refusal, outcome: 'quarantined' })
  const { subject } = record
  const place = subject === undefined ? undefined : placeOf(draft, subject)
  if (subject === undefined || place === undefined) haltFeeds(draft, record)
  else if (place === 'claims') doubtSubject(draft, at, record, subject)
  else if (record.source === policyOf(draft).registry.account)
    doubtAccount(draft, at, record, subject)
  else haltFeeds(draft, record)
  const { rule, code = 'event.malformed' } = record
  note(draft, at, record, { code, rule, outcome: 'doubtful' })
}

/** The state that a subject in this partition concerns; undefined if the subject does not belong here. */
function placeOf(draft: Draft, subject: Subject): 'claims' | 'account' | undefined {
  if (draft.state.partition === CONTROL_PARTITION) return 'account'
  return partitionOf(subject) === draft.state.partition ? 'claims' : undefined
}

function refusalOfUnreadable(
  registry: Registry | undefined,
  record: UnreadableChange,
): ChangeRefusal | undefined {
  if (registry === undefined) return NOT_ACTIVE
  const { source, subject, claim } = record
  const tenant = tenantOf(record)
  if (tenant !== undefined && !registry.tenants.has(tenant)) {
    return forbidden('the tenant is not in the registry')
  }
  if (claim !== undefined && statedBy(registry, claim, source) === undefined) {
    return forbidden('the claim is not one of the source')
  }
  if (subject !== undefined && subject.tenant !== tenant) {
    return forbidden('the subject belongs to the tenant of the change')
  }
  return subject && subjectRefusal(registry, subject)
}

/** Watermark *and* doubt: with the watermark alone the next mint would copy the old state. */
function doubtSubject(draft: Draft, at: Arrived, record: UnreadableChange, subject: Subject): void {
  const claims = claimsOf(policyOf(draft).registry, record)
  if (claims.length === 0) return
  doubtClaims(draft, at, subject, claims)
  revokeClaims(draft, {
    at,
    subject,
    claims: new Map(claims.map(({ name }) => [concernedBy(name), null])),
    origin: revocationOrigin(draft, { at, change: standIn(draft, at, record, subject.tenant) }),
    cause: causeOfUnreadable(draft, at, record, subject.tenant),
    traceparent: null,
    tightened: true,
  })
}

function claimsOf(registry: Registry, { source, claim }: UnreadableChange): readonly StatedClaim[] {
  const own = statedClaims(registry).filter((other) => other.source === source)
  return claim === undefined ? own : own.filter(({ name }) => concernedBy(name) === claim)
}

/** It may have been a deletion: everything that is known of the subject is in doubt. */
function doubtAccount(draft: Draft, at: Arrived, record: UnreadableChange, subject: Subject): void {
  doubtClaims(draft, at, subject, statedClaims(policyOf(draft).registry))
  const cause = causeOfUnreadable(draft, at, record, subject.tenant)
  const origin = revocationOrigin(draft, { at, change: standIn(draft, at, record, subject.tenant) })
  const op = 'sessions-revoked'
  revokeAccount(draft, { at, subject, op, origin, cause, traceparent: null })
}

/**
 * The record names nothing narrower: the source is halted here until its next snapshot. One that is open
 * began before the record, so it cannot answer for it, and is open no longer.
 */
function haltFeeds(draft: Draft, record: UnreadableChange): void {
  const { source } = record
  const tenant = tenantOf(record)
  const { registry } = policyOf(draft)
  const tenants = tenant === undefined ? [...registry.tenants.keys()] : [tenant]
  for (const each of tenants) {
    const held = heldFeed(draft, each, source)
    const ending = takingOf(held.statements)
    const statements = { ...held.statements, open: null, ending }
    putFeed(draft, { ...held, statements, feed: { ...held.feed, halted: true } })
  }
}

function note(
  draft: Draft,
  at: Arrived,
  record: UnreadableChange,
  result: ChangeRefusal & { outcome: Outcome },
): void {
  const tenant = tenantOf(record)
  const cause = tenant === undefined ? null : causeOfUnreadable(draft, at, record, tenant)
  draft.quarantine.push({ offset: at.offset, code: result.code, rule: result.rule, cause })
  if (cause === null) return
  logChange(draft, {
    tenant: cause.tenant,
    source: cause.source,
    id: cause.change,
    contentHash: record.contentHash,
    offset: at.offset,
    kind: 'unreadable',
    op: null,
    claim: record.claim ?? null,
    subject: record.subject ? subjectKey(record.subject) : null,
    class: draft.policy?.registry.claims.get(record.claim ?? '')?.class ?? null,
    outcome: result.outcome,
    tightened: result.outcome === 'doubtful' && record.subject !== undefined,
    occurredAtMs: at.appendedAtMs,
    appendedAtMs: at.appendedAtMs,
    traceparent: null,
  })
}

function causeOfUnreadable(
  draft: Draft,
  at: Arrived,
  record: UnreadableChange,
  tenant: string,
): Cause {
  return { tenant, source: record.source, change: record.id ?? placeName(draft, at) }
}

/** The time of its commit is unreadable, too; the broker's time is the latest possible one. */
function standIn(
  draft: Draft,
  at: Arrived,
  record: UnreadableChange,
  tenant: string,
): { id: string; tenant: string; occurredAtMs: number } {
  const { change } = causeOfUnreadable(draft, at, record, tenant)
  return { id: change, tenant, occurredAtMs: at.appendedAtMs }
}
