import { describe, expect, it } from 'vitest'
import { PHASE_TABLE, type FollowPhase, type PhaseSignal } from './follow-phase.ts'

/** Written out a second time: a new state or signal does not compile until it is decided here. */
const EXPECTED: Record<FollowPhase, Record<PhaseSignal, FollowPhase>> = {
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

describe('the phases of a follower', () => {
  it('are the table of SPEC.md', () => {
    expect(PHASE_TABLE).toEqual(EXPECTED)
  })

  it('are left for `live` by nothing but a heartbeat that counted', () => {
    for (const [phase, row] of Object.entries(PHASE_TABLE))
      for (const [signal, next] of Object.entries(row))
        if (next === 'live' && phase !== 'live') expect(signal).toBe('extended')
  })
})
