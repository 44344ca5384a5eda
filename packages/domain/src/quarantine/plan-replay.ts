import type { Rehearsal } from './rehearsal.ts'

/** How often a parked record may be sent again; after that it can only be dropped. */
export const REPLAYS_MAX = 5
/** How long one replay has before another one may begin that does not know how it ended. */
export const REPLAY_TURN_MS = 10_000

/** How a parked record stands: nothing was done, it is being sent again, it was taken, it was given up. */
export type ParkedState = 'open' | 'replaying' | 'replayed' | 'dropped'

/** What is known of a parked record when somebody wants it replayed. */
export interface ParkedStanding {
  readonly state: ParkedState
  /** How often it was sent again. */
  readonly replays: number
  /** When somebody last did something with it; null while nobody has. */
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

/** What is done with a record that is to be replayed. */
export type ReplayPlan =
  | { readonly kind: 'send' }
  /** Its change was accepted before: the record is done with, and nothing is sent. */
  | { readonly kind: 'close' }
  | { readonly kind: 'refuse'; readonly why: ReplayRefusal }

/** Whether a record may be sent again at all, whatever would become of it. */
export function replayBar(parked: ParkedStanding, nowMs: number): ReplayRefusal | undefined {
  if (parked.state === 'dropped') return 'dropped'
  if (parked.state === 'replayed') return 'already-replayed'
  if (parked.state !== 'replaying' || parked.decided === null) return undefined
  return nowMs - parked.decided.atMs < REPLAY_TURN_MS ? 'busy' : undefined
}

/** What replaying does, by what the record would become. Only what would be taken is ever sent. */
export function planReplay(
  parked: ParkedStanding,
  rehearsal: Rehearsal,
  nowMs: number,
): ReplayPlan {
  const bar = replayBar(parked, nowMs)
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
      return parked.replays < REPLAYS_MAX ? { kind: 'send' } : { kind: 'refuse', why: 'limit' }
  }
}
