import type { Change } from '../changes/change.ts'
import type { RevocationOrigin } from '../changes/revocation.ts'
import type { Arrived, ArrivedChange, RecordPlace } from './batch/arrival.ts'
import type { Cause, ChangeLogEntry } from './batch/batch-decision.ts'
import { logChange, placeName, type Draft } from './draft.ts'
import { subjectKey } from '../scope/subject.ts'

/** An accepted change at its place. */
export interface Accepted<C extends Change = Change> {
  readonly at: Arrived
  readonly arrival: ArrivedChange
  readonly change: C
}

export function causeOf(change: { tenant: string; source: string; id: string }): Cause {
  return { tenant: change.tenant, source: change.source, change: change.id }
}

/**
 * The origin of a revocation: the change that caused it. `part` distinguishes several revocations of one
 * change.
 */
export function revocationOrigin(
  draft: Draft,
  {
    at,
    change,
  }: {
    readonly at: RecordPlace
    readonly change: { id: string; tenant: string; occurredAtMs: number }
  },
  part?: string,
): RevocationOrigin {
  const place = placeName(draft, at)
  return {
    id: part === undefined ? place : `${place}-${part}`,
    change: change.id,
    tenant: change.tenant,
    e: draft.state.e,
    partition: draft.state.partition,
    occurredAtMs: change.occurredAtMs,
    issuedAtMs: draft.nowMs,
  }
}

/** The origin of a publication. */
export function publicationOrigin({ arrival, change }: Accepted): {
  cause: Cause
  traceparent: string | null
} {
  return { cause: causeOf(change), traceparent: arrival.traceparent ?? null }
}

/** The effect of a change, as its row keeps it. */
export type ChangeResult = Pick<ChangeLogEntry, 'outcome' | 'tightened' | 'changed'>

/** Writes the change's row of the change log. */
export function logAccepted(draft: Draft, accepted: Accepted, result: ChangeResult): void {
  logChange(draft, loggedChange(draft, accepted, result))
}

function loggedChange(
  draft: Draft,
  { at, arrival, change }: Accepted,
  result: ChangeResult,
): ChangeLogEntry {
  const claim = 'claim' in change ? change.claim : null
  return {
    tenant: change.tenant,
    source: change.source,
    id: change.id,
    contentHash: arrival.contentHash,
    offset: at.offset,
    kind: change.kind,
    op: 'op' in change ? change.op : null,
    claim,
    subject: 'subject' in change ? subjectKey(change.subject) : null,
    class: classOf(draft, claim),
    ...result,
    occurredAtMs: change.occurredAtMs,
    appendedAtMs: at.appendedAtMs,
    traceparent: arrival.traceparent ?? null,
  }
}

function classOf(draft: Draft, claim: string | null): string | null {
  return (claim === null ? undefined : draft.policy?.registry.claims.get(claim)?.class) ?? null
}
