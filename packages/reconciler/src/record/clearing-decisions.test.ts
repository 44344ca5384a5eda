import { OWN_SOURCE, partitionOf, type ClearDoubt, type RecordRef } from '@freshet/protocol'
import { AMY, BEN, createDecider, groupsChange, hrOrigin, type Decider } from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)
let decider: Decider
let numbers = 1

const groupsOfAmy = (): readonly unknown[] => decider.world.mint(AMY, 'groups')

/** Puts an authentic but unreadable record about amy's groups, and returns its place. */
function unreadable(id: string): RecordRef {
  const about = { tenant: 'acme', source: 'hr', subject: AMY, claim: 'groups' } as const
  const stamp = { partition: P, number: BigInt((numbers += 1)) }
  const record = { kind: 'unreadable', ...about, id, stamp, contentHash: id, rule: 'r' } as const
  const [doubt] = decider.take(record, P).doubts
  if (doubt === undefined) throw new Error('Nothing is in doubt.')
  return doubt.ref
}

function clear(id: string, record: RecordRef, more: Partial<ClearDoubt> = {}): ClearDoubt {
  const order = { by: 'ann', reason: 'hr changed nothing' }
  const origin = { ...hrOrigin(id, 9), source: OWN_SOURCE, kind: 'clear-doubt' } as const
  return { ...origin, subject: AMY, claim: 'groups', record, ...order, ...more }
}

beforeEach(() => {
  decider = createDecider()
  numbers = 1
  decider.decide(groupsChange('a1', AMY, { op: 'set', values: ['staff'], n: 1 }), P)
})

describe('clearing a doubt', () => {
  test('the claim is minted again with the values of its source, and no watermark falls (rule 20)', () => {
    const record = unreadable('u1')
    expect(groupsOfAmy()).toEqual([])
    const decision = decider.decide(clear('c1', record), P)
    expect(groupsOfAmy()).toEqual(['staff'])
    expect(decision.watermarks).toEqual([])
    expect(decision.publications).toEqual([])
    expect(decision.log).toMatchObject([
      { kind: 'clear-doubt', outcome: 'applied', claim: 'groups' },
    ])
  })

  test('control: another doubt of the same claim stands', () => {
    const first = unreadable('u1')
    unreadable('u2')
    decider.decide(clear('c1', first), P)
    expect(groupsOfAmy()).toEqual([])
  })

  test.each([
    ['of a source', { source: 'hr' }],
    [
      'of a tenant that is not registered',
      { tenant: 'globex', subject: { ...AMY, tenant: 'globex' } },
    ],
    ['about a subject of another issuer', { subject: { ...AMY, iss: 'https://other.example' } }],
  ])('control: a clearing %s clears nothing', (_, more) => {
    const record = unreadable('u1')
    const change = clear('c1', record, more)
    const decision = decider.decide(change, partitionOf(change.subject))
    expect(decision.quarantine).toMatchObject([{ code: 'event.forbidden' }])
    expect(groupsOfAmy()).toEqual([])
  })

  test('stands in the partition of its subject, and clears nothing elsewhere', () => {
    const record = unreadable('u1')
    const other = partitionOf(BEN)
    expect(other).not.toBe(P)
    decider.decide(clear('c1', record), other)
    expect(groupsOfAmy()).toEqual([])
  })
})
