import { describe, expect, it } from 'vitest'
import {
  planReplay,
  REPLAY_TURN_MS,
  REPLAYS_MAX,
  type QuarantinedStatus,
  type Rehearsal,
} from './plan-replay.ts'

const open: QuarantinedStatus = { state: 'open', replays: 0, decided: null }
const applied: Rehearsal = { becomes: 'applied', tightened: true }
const refuse = (why: string) => ({ kind: 'refuse', why })

describe('replaying a parked record', () => {
  it.each<[Rehearsal]>([
    [applied],
    [{ becomes: 'noop', tightened: false }],
    [{ becomes: 'late', tightened: false }],
  ])('sends what would be taken: %o', (rehearsal) => {
    expect(planReplay(open, rehearsal, 0)).toEqual({ kind: 'send' })
  })

  it.each<[string, Rehearsal]>([
    ['still-refused', { becomes: 'quarantined', code: 'event.forbidden', rule: 'no' }],
    ['still-refused', { becomes: 'doubtful', code: 'event.malformed', rule: 'no' }],
    ['in-doubt', { becomes: 'repeat', was: 'doubtful' }],
    ['excluded', { becomes: 'excluded', rule: 'a heartbeat' }],
  ])('sends nothing else (%s)', (why, rehearsal) => {
    expect(planReplay(open, rehearsal, 0)).toEqual(refuse(why))
  })

  it('closes what was accepted meanwhile', () => {
    expect(planReplay(open, { becomes: 'repeat', was: 'accepted' }, 0)).toEqual({ kind: 'close' })
  })

  it.each([
    ['dropped', 'dropped'],
    ['replayed', 'already-replayed'],
  ] as const)('leaves what is %s as it is', (state, why) => {
    expect(planReplay({ ...open, state }, applied, 0)).toEqual(refuse(why))
  })

  it('waits for one that is under way, for as long as its turn lasts', () => {
    const begun: QuarantinedStatus = { state: 'replaying', replays: 1, decided: { atMs: 1_000 } }
    expect(planReplay(begun, applied, 1_000 + REPLAY_TURN_MS - 1)).toEqual(refuse('busy'))
    expect(planReplay(begun, applied, 1_000 + REPLAY_TURN_MS)).toEqual({ kind: 'send' })
  })

  it('sends a record so many times and no more', () => {
    expect(planReplay({ ...open, replays: REPLAYS_MAX - 1 }, applied, 0)).toEqual({ kind: 'send' })
    expect(planReplay({ ...open, replays: REPLAYS_MAX }, applied, 0)).toEqual(refuse('limit'))
  })
})
