import type { Rehearsal } from './rehearsal.ts'

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
