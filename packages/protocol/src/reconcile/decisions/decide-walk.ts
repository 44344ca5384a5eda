import type { Registry } from '../../registry/registry.ts'
import { takingOf } from '../../changes/statements.ts'
import type { BatchDecision } from '../batch/batch-decision.ts'
import type { BatchState, HeldFeed } from '../batch/batch-state.ts'
import { heldFeed, logChange, putFeed, startDraft, type Draft } from '../draft.ts'
import type { Taking } from '../snapshot/ending.ts'
import { finishDraft } from '../finish-draft.ts'
import { putCount, removeOmitted } from './decide-snapshot.ts'

/** The inputs of a walk's step beside the stored state. */
export interface WalkContext {
  readonly feed: Pick<HeldFeed, 'tenant' | 'source'>
  /** That of the policy in force. */
  readonly registry: Registry
  readonly nowMs: number
}

/**
 * One step of the walk of a full statement, over `state.walked`. It consumes no record. While the statement is open
 * it only counts; when it has ended it has the effects that the end would have had at its own place.
 */
export function decideWalk(
  state: BatchState,
  { feed: { tenant, source }, registry, nowMs }: WalkContext,
): BatchDecision {
  const draft = startDraft(state, registry, nowMs)
  const held = heldFeed(draft, tenant, source)
  const taking = takingOf(held.statements)
  const { open } = held.statements
  if (taking !== null) takeOn(draft, held, taking)
  else if (open !== null) putCount(draft, held, open)
  return finishDraft(draft, { consumed: 0, nextOffset: state.nextOffset })
}

function takeOn(draft: Draft, held: HeldFeed, taking: Taking): void {
  const { tenant, source, statements } = held
  const { omitted, taken: after } = draft.state.walked
  const lost = removeOmitted(draft, { tenant, source, taking }, omitted) || taking.lost
  const ending = after === null ? null : { ...taking, after, lost }
  putFeed(draft, { ...held, statements: { ...statements, ending } })
  if (ending === null && lost !== taking.tightened) logEnd(draft, { tenant, source }, taking, lost)
}

/** The decision of the end only assumed whether it removes anything. */
function logEnd(
  draft: Draft,
  { tenant, source }: WalkContext['feed'],
  { end }: Taking,
  tightened: boolean,
): void {
  const { id, contentHash, offset, occurredAtMs, appendedAtMs, traceparent } = end
  const about = { kind: 'snapshot-end', op: null, claim: null, subject: null, class: null } as const
  const when = { offset, occurredAtMs, appendedAtMs, traceparent }
  const named = { tenant, source, id, contentHash }
  logChange(draft, { ...named, ...about, ...when, outcome: 'applied', tightened })
}
