import type { Registry } from '../registry.ts'
import { takingOf } from '../statements.ts'
import type { BatchDecision } from './batch-decision.ts'
import type { BatchState, HeldFeed } from './batch-state.ts'
import { heldFeed, logChange, putFeed, startDraft, type Draft } from './draft.ts'
import type { Taking } from './ending.ts'
import { finishDraft } from './finish-draft.ts'
import { sweepClaims } from './sweep-claims.ts'

/** What a step of a walk takes from outside of the stored state. */
export interface WalkContext {
  readonly feed: Pick<HeldFeed, 'tenant' | 'source'>
  /** That of the policy in force. */
  readonly registry: Registry
  readonly nowMs: number
}

/**
 * One step of the walk that follows the end of a full statement, over `state.walked`. It consumes no record, and
 * has the effects that the end would have had at its own place. A feed without a walk is left as it is.
 */
export function decideWalk(
  state: BatchState,
  { feed: { tenant, source }, registry, nowMs }: WalkContext,
): BatchDecision {
  const draft = startDraft(state, registry, nowMs)
  const { statements } = heldFeed(draft, tenant, source)
  const taking = takingOf(statements)
  if (taking !== null) {
    const { swept, taken: after } = state.walked
    const lost = sweepClaims(draft, { tenant, source, taking }, swept) || taking.lost
    const held = heldFeed(draft, tenant, source)
    const ending = after === null ? null : { ...taking, after, lost }
    putFeed(draft, { ...held, statements: { ...statements, ending } })
    if (ending === null) logEnd(draft, { tenant, source }, taking, lost)
  }
  return finishDraft(draft, { consumed: 0, nextOffset: state.nextOffset })
}

/** When the end was decided it was not known yet whether it takes anything away. */
function logEnd(
  draft: Draft,
  { tenant, source }: WalkContext['feed'],
  { end }: Taking,
  tightened: boolean,
): void {
  const { id, contentHash, offset, occurredAtMs, appendedAtMs, traceparent } = end
  const about = { kind: 'snapshot-end', op: null, claim: null, subject: null, class: null } as const
  const when = { offset, occurredAtMs, appendedAtMs, traceparent }
  const told = { tenant, source, id, contentHash }
  logChange(draft, { ...told, ...about, ...when, outcome: 'applied', tightened })
}
