import {
  EVERY_TENANT,
  OWN_SOURCE,
  partitionOf,
  type BatchDecision,
  type Change,
} from '@freshet/protocol'
import {
  AMY,
  arrivalOf,
  BEN,
  createDecider,
  groupsChange,
  hrOrigin,
  type Decider,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)
let at: Decider

beforeEach(() => {
  at = createDecider()
})

const decide = (change: Change, partition = P): BatchDecision => at.decide(change, partition)
const groups = (id: string, op: 'set' | 'add' | 'remove' | 'clear', values: string[], n: number) =>
  groupsChange(id, AMY, { op, values, n })
describe('accounts', () => {
  const account = (id: string, op: 'deleted' | 'disabled' | 'enabled', n: number): BatchDecision =>
    decide({ ...hrOrigin(id, n), kind: 'account', subject: AMY, op }, 0)

  test('a deletion is a floor for the account source and doubt for the others (rule 33)', () => {
    const { doubts } = account('d1', 'deleted', 5)
    expect(at.world.account(AMY)?.state.deletedFloor).toEqual({ epoch: 0n, n: 5n })
    expect(doubts.map(({ claim }) => claim)).toEqual(['entitlements'])
  })

  test('a late event merges by version and still raises the watermark (rule 33)', () => {
    account('d1', 'enabled', 9)
    expect(account('d2', 'disabled', 3).publications).toMatchObject([
      { revocation: { scope: 'account', op: 'disabled', offset: 2n } },
    ])
    expect(at.world.account(AMY)?.state.state).toBe('enabled')
  })

  test('enabling publishes nothing', () => {
    expect(account('d1', 'enabled', 1).publications).toEqual([])
  })
})

test('an unreadable change is accepted when it comes again and can be read (rule 20)', () => {
  const origin = {
    kind: 'unreadable',
    tenant: 'acme',
    source: 'hr',
    id: 'c1',
    subject: AMY,
  } as const
  at.take({ ...origin, stamp: { partition: P, number: 1n }, contentHash: 'h', rule: 'r' }, P)
  const { claims, quarantine } = decide(groups('c1', 'set', ['x'], 1))
  expect(quarantine).toEqual([])
  expect(claims).toMatchObject([{ claim: 'groups' }])
})

describe('wide changes', () => {
  test('a withdrawn value is one tombstone, one watermark and one revocation (rule 6)', () => {
    const change = {
      ...hrOrigin('w1', 7),
      kind: 'value-withdrawn',
      claim: 'groups',
      value: 'x',
    } as const
    const { withdrawn, watermarks, publications, marks } = decide(change, 0)
    expect(withdrawn).toMatchObject([{ claim: 'groups', value: '"x"', version: { n: 7n } }])
    expect(watermarks).toHaveLength(1)
    expect(publications).toHaveLength(1)
    expect(marks).toMatchObject([{ kind: 'value', position: 1n }])
  })

  test('the later version of two withdrawals in one batch counts, not the later one (rule 6)', () => {
    const withdrawal = (id: string, n: number): Change => ({
      ...hrOrigin(id, n),
      kind: 'value-withdrawn',
      claim: 'groups',
      value: 'x',
    })
    const arrivals = [withdrawal('w1', 7), withdrawal('w2', 3)].map((change, index) =>
      arrivalOf(change, { partition: 0, number: index + 1 }),
    )
    const [decision, ...others] = at.world.take(0, arrivals)
    expect(others).toEqual([])
    expect(decision?.withdrawn).toMatchObject([{ version: { n: 7n } }])
  })

  test('a withdrawn value of a descriptive claim marks nothing, and is published all the same', () => {
    const { watermarks, publications, marks } = decide(
      { ...hrOrigin('w1', 7), kind: 'value-withdrawn', claim: 'department', value: 'x' },
      0,
    )
    expect(marks).toEqual([])
    expect([watermarks.length, publications.length]).toEqual([1, 1])
  })

  test('a denial has no position (rule 23)', () => {
    const origin = { ...hrOrigin('n1', 1), source: OWN_SOURCE }
    const { denials, marks, watermarks } = decide(
      { ...origin, kind: 'deny', scope: 'key', target: 'k1' },
      0,
    )
    expect(denials).toMatchObject([{ kind: 'key', target: 'k1' }])
    expect(marks).toMatchObject([{ kind: 'key', position: null }])
    expect(watermarks).toEqual([])
  })

  test('no source cuts off another tenant than its own (S15)', () => {
    const origin = { ...hrOrigin('n1', 1), source: 'security' }
    const decision = decide({ ...origin, kind: 'cut-off', scope: 'tenant', target: 'other' }, 0)
    expect(decision.quarantine).toMatchObject([{ code: 'event.forbidden' }])
  })
})

describe('full statements', () => {
  test('take what is older than their begin, whatever version their end has', () => {
    decide(groups('c1', 'set', ['old'], 1))
    decide(groupsChange('b1', BEN, { op: 'set', values: ['x'], n: 1 }), partitionOf(BEN))
    decide({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
    decide(groups('c2', 'add', ['new'], 6))
    const { publications, log } = decide({ ...hrOrigin('s2', 9), kind: 'snapshot-end' })
    expect(at.world.mint(AMY, 'groups')).toEqual(['new'])
    expect(publications).toMatchObject([{ revocation: { subject: AMY, change: 's2' } }])
    expect(log).toMatchObject([{ id: 's2', outcome: 'applied', tightened: true }])
  })

  test('lower no floor: what is older than a set since their begin stays gone (rule 7)', () => {
    decide({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
    decide(groups('c1', 'set', ['kept'], 8))
    decide({ ...hrOrigin('s2', 9), kind: 'snapshot-end' })
    decide(groups('c2', 'add', ['late'], 6))
    expect(at.world.mint(AMY, 'groups')).toEqual(['kept'])
  })

  test('that never began do not end', () => {
    const { quarantine } = decide({ ...hrOrigin('s2', 9), kind: 'snapshot-end' })
    expect(quarantine).toMatchObject([{ code: 'event.statement' }])
  })
})

describe('activation', () => {
  test('only ever moves to a higher version (rule 32)', () => {
    const origin = { ...hrOrigin('a1', 1), tenant: EVERY_TENANT, source: OWN_SOURCE }
    const decision = decide({ ...origin, kind: 'activate', pv: 1, hash: 'w', minimum: 0 })
    expect(decision.log).toMatchObject([{ outcome: 'late' }])
    expect(decision.activated).toBeNull()
  })

  test('announces the claim map from the control partition (rule 21)', () => {
    const origin = { ...hrOrigin('a2', 2), tenant: EVERY_TENANT, source: OWN_SOURCE }
    const change = { ...origin, kind: 'activate', pv: 2, hash: 'w', minimum: 1 } as const
    expect(decide(change, 0)).toMatchObject({
      publications: [{ kind: 'map' }],
      policy: { pv: 2, minimum: 1 },
    })
    expect(decide(change).publications).toEqual([])
  })
})
