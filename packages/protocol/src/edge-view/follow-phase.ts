/** The phase of a follower. Only `live` and `overdue` may support verdicts; the leases decide. */
export type FollowPhase = 'catching-up' | 'settling' | 'live' | 'overdue'

/** A signal that moves a follower from one phase to another. */
export type PhaseSignal = 'past-end' | 'extended' | 'lease-out' | 'offset-lost' | 'key-revoked'

/**
 * The whole transition table. `extended` means: a heartbeat at or after the end seen at start reached an
 * anchor and extended a `through`.
 */
export const PHASE_TABLE: Readonly<
  Record<FollowPhase, Readonly<Record<PhaseSignal, FollowPhase>>>
> = {
  'catching-up': {
    'past-end': 'settling',
    extended: 'live',
    'lease-out': 'catching-up',
    'offset-lost': 'catching-up',
    'key-revoked': 'catching-up',
  },
  settling: {
    'past-end': 'settling',
    extended: 'live',
    'lease-out': 'settling',
    'offset-lost': 'settling',
    'key-revoked': 'catching-up',
  },
  live: {
    'past-end': 'live',
    extended: 'live',
    'lease-out': 'overdue',
    'offset-lost': 'live',
    'key-revoked': 'catching-up',
  },
  overdue: {
    'past-end': 'overdue',
    extended: 'live',
    'lease-out': 'overdue',
    'offset-lost': 'overdue',
    'key-revoked': 'catching-up',
  },
}
