import { describe, expect, it } from 'vitest'
import type { Arrival, Arrived } from '../reconcile/batch/arrival.ts'
import type { BatchDecision, ChangeLogEntry } from '../reconcile/batch/batch-decision.ts'
import { changeKey } from '../reconcile/batch/batch-state.ts'
import type { Change } from '../changes/change.ts'
import { rehearsalOf } from './plan-replay.ts'

const stamp = { partition: 0, number: 1n }
const origin = { tenant: 'acme', source: 'hr', id: 'c1' }
const version = { occurredAtMs: 0, sourceVersion: { epoch: 0n, n: 1n } }
const subject = { tenant: 'acme', iss: 'https://idp', sub: 'amy' }
const disabled: Change = { ...origin, ...version, kind: 'account', subject, op: 'disabled' }

const changed = (change: Change): Arrival => ({ kind: 'change', change, stamp, contentHash: 'h' })
const unreadable = (members: object): Arrival => ({
  kind: 'unreadable',
  source: 'hr',
  stamp,
  contentHash: 'h',
  rule: 'no JSON',
  ...members,
})
const at = (arrival: Arrival): Arrived => ({ offset: 9n, appendedAtMs: 0, arrival })
const decided = (
  outcome: ChangeLogEntry['outcome'] | null,
  quarantine: BatchDecision['quarantine'] = [],
) => ({
  log: outcome === null ? [] : [{ outcome, tightened: true } as ChangeLogEntry],
  quarantine,
})
const none = { seen: new Map() }
const seenAs = (as: 'accepted' | 'doubtful') => ({
  seen: new Map([[changeKey(origin), { contentHash: 'h', as }]]),
})
const refusal = { offset: 9n, rule: 'not its claim', cause: null } as const

describe('what a parked record would become', () => {
  it.each(['applied', 'noop', 'late'] as const)('is %s where that is decided', (outcome) => {
    expect(rehearsalOf(at(changed(disabled)), none, decided(outcome))).toEqual({
      becomes: outcome,
      tightened: true,
    })
  })

  it('is refused again with the reason of now', () => {
    const decision = decided('quarantined', [{ ...refusal, code: 'event.forbidden' }])
    expect(rehearsalOf(at(changed(disabled)), none, decision)).toEqual({
      becomes: 'quarantined',
      code: 'event.forbidden',
      rule: 'not its claim',
    })
  })

  it('is in doubt where it can be believed and not read, its tenant known or not', () => {
    const doubt = { ...refusal, code: 'event.malformed' } as const
    for (const decision of [decided('doubtful', [doubt]), decided(null, [doubt])]) {
      expect(rehearsalOf(at(unreadable({})), none, decision)).toMatchObject({ becomes: 'doubtful' })
    }
  })

  it.each(['accepted', 'doubtful'] as const)('is a repeat of what was %s before', (was) => {
    for (const arrival of [changed(disabled), unreadable(origin)]) {
      const rehearsal = rehearsalOf(at(arrival), seenAs(was), decided(null))
      expect(rehearsal).toEqual({ becomes: 'repeat', was })
    }
  })

  it.each<[string, Arrival]>([
    [
      'a heartbeat',
      {
        kind: 'heartbeat',
        heartbeat: { kind: 'heartbeat', tenant: 'acme', source: 'hr', throughMs: 1, last: 1n },
      },
    ],
    ['the begin of a full statement', changed({ ...origin, ...version, kind: 'snapshot-begin' })],
    ['the end of one', changed({ ...origin, ...version, kind: 'snapshot-end' })],
    [
      'an activation',
      changed({ ...origin, ...version, kind: 'activate', pv: 2, hash: 'h', minimum: 0 }),
    ],
  ])('is excluded for %s, whatever would be decided', (_, arrival) => {
    expect(rehearsalOf(at(arrival), none, decided('applied'))).toMatchObject({
      becomes: 'excluded',
    })
  })
})
