import { partitionOf, type Change } from '@freshet/protocol'
import { AMY, createDecider, groupsChange, hrOrigin, type Decider } from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)
const NEW = { ...AMY, sub: 'newcomer-0' }
const NEWCOMER = Array.from({ length: 100 }, (_, n) => ({ ...NEW, sub: `newcomer-${n}` })).find(
  (each) => partitionOf(each) === P,
)

let at: Decider
beforeEach(() => {
  at = createDecider()
})

const begin = (id: string, n: number): Change => ({ ...hrOrigin(id, n), kind: 'snapshot-begin' })
const end = (id: string, n: number): Change => ({ ...hrOrigin(id, n), kind: 'snapshot-end' })
const states = (id: string, values: readonly string[], n: number, subject = AMY): Change =>
  groupsChange(id, subject, { op: 'set', values, n })
const decide = (change: Change) => at.decide(change, P)
const loaded = (values: readonly string[]): void => {
  decide(begin('load', 1))
  decide(states('load-1', values, 1))
  decide(end('load-end', 1))
}
const statements = () => at.world.feed(P, 'hr')?.statements

describe('a full statement finds what no event had announced', () => {
  test('a value that it lacks is a missed removal, one that it adds a missed grant', () => {
    loaded(['staff', 'approvers'])
    decide(begin('b1', 5))
    const { missed } = decide(states('c1', ['staff', 'ops'], 5))
    expect(missed).toEqual([
      {
        subject: AMY,
        claim: 'groups',
        source: 'hr',
        statement: 'b1',
        change: 'c1',
        version: { epoch: 0n, n: 5n },
        lost: ['"approvers"'],
        gained: true,
      },
    ])
  })

  test('a claim that it does not name at all is one, found at its end', () => {
    loaded(['staff'])
    decide(begin('b1', 5))
    const { missed } = decide(end('e1', 5))
    expect(missed).toMatchObject([{ change: 'e1', lost: ['"staff"'], gained: false }])
  })

  test('a subject without any event is one, once all subjects had been stated', () => {
    loaded(['staff'])
    decide(begin('b1', 5))
    expect(decide(states('c1', ['staff'], 5, NEWCOMER)).missed).toMatchObject([{ gained: true }])
  })

  test('a repeated value is none, and counts as compared', () => {
    loaded(['staff'])
    decide(begin('b1', 5))
    expect(decide(states('c1', ['staff'], 5)).missed).toEqual([])
    expect(statements()).toMatchObject({ latest: 'b1', compared: 1, ended: 'load' })
    expect(decide(end('e1', 5)).missed).toEqual([])
    expect(statements()).toMatchObject({ ended: 'b1', covers: ['groups', 'department'] })
  })
})

describe('no missed change', () => {
  test('the first load of a source without earlier events', () => {
    decide(begin('b1', 5))
    expect(decide(states('c1', ['staff'], 5)).missed).toEqual([])
    expect(decide(end('e1', 5)).missed).toEqual([])
  })

  test('control: the first load finds the missing values of a subject with earlier events', () => {
    decide(states('c0', ['staff'], 1))
    decide(begin('b1', 5))
    expect(decide(states('c1', [], 5)).missed).toMatchObject([{ lost: ['"staff"'] }])
  })

  test('an event that came before its statement, or flows while that is open', () => {
    loaded(['staff', 'approvers'])
    decide(begin('b1', 5))
    expect(decide(groupsChange('c1', AMY, { op: 'remove', values: ['approvers'], n: 6 }))).toEqual(
      expect.objectContaining({ missed: [], announced: [] }),
    )
    expect(decide(states('c2', ['staff', 'approvers'], 5)).missed).toEqual([])
    expect(at.world.mint(AMY, 'groups')).toEqual(['staff'])
  })

  test('an event that comes late: it takes back what the statement had found', () => {
    loaded(['staff', 'approvers'])
    decide(begin('b1', 5))
    expect(decide(states('c1', ['staff'], 5)).missed).toHaveLength(1)
    const late = decide(groupsChange('c0', AMY, { op: 'remove', values: ['approvers'], n: 4 }))
    expect(late.announced).toEqual([
      { subject: AMY, claim: 'groups', source: 'hr', version: { epoch: 0n, n: 4n } },
    ])
  })
})
