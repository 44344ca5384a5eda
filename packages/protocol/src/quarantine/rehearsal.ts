import type { ErrorCode } from '../errors/error-codes.ts'
import type { Arrival, Arrived } from '../reconcile/batch/arrival.ts'
import type { BatchDecision } from '../reconcile/batch/batch-decision.ts'
import { changeKey, type BatchState } from '../reconcile/batch/batch-state.ts'

/** The outcome that a quarantined record would have now, by the registry in force and the stored state. */
export type Rehearsal =
  /** It would be taken as it was sent. `tightened`: tokens would be stale for it. */
  | { readonly becomes: 'applied' | 'noop' | 'late'; readonly tightened: boolean }
  /** Its change had its effect before: it was accepted, or it raised the doubt that stands. */
  | { readonly becomes: 'repeat'; readonly was: 'accepted' | 'doubtful' }
  /** It would be refused, or would raise doubt: for this reason. */
  | {
      readonly becomes: 'quarantined' | 'doubtful'
      readonly code: ErrorCode
      readonly rule: string
    }
  /** It belongs to its own moment in the feed and would mean something else now. */
  | { readonly becomes: 'excluded'; readonly rule: string }

/**
 * Derives the outcome of a record from the decision over it. The end of a snapshot would settle changes that
 * came after it was sent, and a late heartbeat or activation states an outdated fact. Those are never
 * replayed, whatever their proof.
 */
export function rehearsalOf(
  { arrival }: Arrived,
  { seen }: Pick<BatchState, 'seen'>,
  decision: Pick<BatchDecision, 'log' | 'quarantine'>,
): Rehearsal {
  const rule = exclusionOf(arrival)
  if (rule !== undefined) return { becomes: 'excluded', rule }
  const [logged] = decision.log
  const [refused] = decision.quarantine
  if (refused !== undefined) {
    const becomes =
      logged?.outcome === 'doubtful' ||
      logged?.outcome === 'held' ||
      isHalting(arrival, refused.code)
    const { code, rule: why } = refused
    return { becomes: becomes ? 'doubtful' : 'quarantined', code, rule: why }
  }
  if (logged === undefined) return { becomes: 'repeat', was: wasDoubtful(arrival, seen) }
  const { outcome, tightened } = logged
  const becomes = outcome === 'applied' || outcome === 'late' ? outcome : 'noop'
  return { becomes, tightened }
}

function exclusionOf(arrival: Arrival): string | undefined {
  if (arrival.kind === 'heartbeat' || arrival.kind === 'heartbeats')
    return 'a heartbeat speaks of its own moment'
  if (arrival.kind !== 'change') return undefined
  switch (arrival.change.kind) {
    case 'snapshot-begin':
    case 'snapshot-end':
      return 'a border of a full statement stands where it was sent: the source states all anew'
    case 'activate':
      return 'a policy version is activated anew, not sent again'
    default:
      return undefined
  }
}

/** Without a tenant it leaves no row of the change log, and stops feeds all the same. */
function isHalting(arrival: Arrival, code: ErrorCode): boolean {
  return arrival.kind === 'unreadable' && code === 'event.malformed'
}

function wasDoubtful(arrival: Arrival, seen: BatchState['seen']): 'accepted' | 'doubtful' {
  if (arrival.kind !== 'change' && arrival.kind !== 'unreadable') return 'accepted'
  const named = arrival.kind === 'change' ? arrival.change : arrival
  const { tenant, source, id } = named
  if (tenant === undefined || id === undefined) return 'accepted'
  return seen.get(changeKey({ tenant, source, id }))?.as === 'doubtful' ? 'doubtful' : 'accepted'
}
