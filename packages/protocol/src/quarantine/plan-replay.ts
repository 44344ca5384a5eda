import type { ErrorCode } from '../errors/error-codes.ts'
import type { Arrival, Arrived } from '../reconcile/batch/arrival.ts'
import type { BatchDecision } from '../reconcile/batch/batch-decision.ts'
import { changeKey, type BatchState } from '../reconcile/batch/batch-state.ts'

/** The number of times that a quarantined record can be replayed; after that it can only be dropped. */
export const REPLAYS_MAX = 5
/**
 * The time that one replay has, in milliseconds, before another one with an unknown outcome of the first is
 * allowed to begin.
 */
export const REPLAY_TURN_MS = 10_000

/** The state of a quarantined record: untouched, being replayed, accepted, or dropped. */
export type QuarantinedState = 'open' | 'replaying' | 'replayed' | 'dropped'

/** The known state of a quarantined record before a replay. */
export interface QuarantinedStatus {
  readonly state: QuarantinedState
  /** The number of replays so far. */
  readonly replays: number
  /** The last time that an operator acted on it; null: none did. */
  readonly decided: { readonly atMs: number } | null
}

/** Why a record is not sent again. */
export type ReplayRefusal =
  /** It was given up, and that is final. */
  | 'dropped'
  /** It was taken already. */
  | 'already-replayed'
  /** Another replay of it is under way. */
  | 'busy'
  /** {@link REPLAYS_MAX} is reached. */
  | 'limit'
  /** It would be refused again. */
  | 'still-refused'
  /** Its doubt stands, and sending it again changes nothing. */
  | 'in-doubt'
  /** Such a record is never sent again. */
  | 'excluded'

/** The decision about a record to replay. */
export type ReplayPlan =
  | { readonly kind: 'send' }
  /** Its change was accepted before: the record is done with, and nothing is sent. */
  | { readonly kind: 'close' }
  | { readonly kind: 'refuse'; readonly why: ReplayRefusal }

/** The reason why a record cannot be replayed at all, whatever its outcome would be. */
export function replayBar(
  quarantined: QuarantinedStatus,
  nowMs: number,
): ReplayRefusal | undefined {
  if (quarantined.state === 'dropped') return 'dropped'
  if (quarantined.state === 'replayed') return 'already-replayed'
  if (quarantined.state !== 'replaying' || quarantined.decided === null) return undefined
  return nowMs - quarantined.decided.atMs < REPLAY_TURN_MS ? 'busy' : undefined
}

/**
 * Decides about a replay by the outcome that the record would have. Only what would be taken is ever sent.
 */
export function planReplay(
  quarantined: QuarantinedStatus,
  rehearsal: Rehearsal,
  nowMs: number,
): ReplayPlan {
  const bar = replayBar(quarantined, nowMs)
  if (bar !== undefined) return { kind: 'refuse', why: bar }
  switch (rehearsal.becomes) {
    case 'excluded':
      return { kind: 'refuse', why: 'excluded' }
    case 'quarantined':
      return { kind: 'refuse', why: 'still-refused' }
    case 'doubtful':
      return { kind: 'refuse', why: 'still-refused' }
    case 'repeat':
      return rehearsal.was === 'doubtful' ? { kind: 'refuse', why: 'in-doubt' } : { kind: 'close' }
    case 'applied':
    case 'noop':
    case 'late':
      return quarantined.replays < REPLAYS_MAX ? { kind: 'send' } : { kind: 'refuse', why: 'limit' }
  }
}

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
