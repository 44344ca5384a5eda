import { CONTROL_PARTITION, partitionOf, type BatchDecision, type Change } from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  createDecider,
  groupsChange,
  hrOrigin,
  type Decider,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

let at: Decider

beforeEach(() => {
  at = createDecider()
})

const decide = (change: Change, partition = partitionOf(AMY)): BatchDecision =>
  at.decide(change, partition)

describe('a change for a partner that is declared no more', () => {
  test('a removal puts its claim in doubt', () => {
    const decision = decide({
      ...groupsChange('c1', AMY, { op: 'remove', values: ['x'], n: 1 }),
      onBehalfOf: 'iga',
    })
    expect(decision.log).toMatchObject([{ outcome: 'doubtful', tightened: true }])
    expect(decision.doubts).toMatchObject([{ subject: AMY, claim: 'groups', raised: true }])
  })

  const wide = [
    { kind: 'value-withdrawn', claim: 'groups', value: 'x' },
    { source: 'security', kind: 'cut-off', scope: 'client', target: 'shop' },
    { source: 'security', kind: 'deny', scope: 'session', target: 's1' },
  ] as const

  test.each(wide)('a loss of $kind is applied as one of its source, which goes on', (loss) => {
    const decision = decide({ ...hrOrigin('w1', 1), ...loss, onBehalfOf: 'iga' }, CONTROL_PARTITION)
    expect(decision.log).toMatchObject([{ outcome: 'applied', tightened: true }])
    expect(decision.publications).toHaveLength(1)
    expect(decision.feeds.filter(({ feed }) => feed.halted)).toEqual([])
    expect(decision.quarantine).toEqual([])
  })

  test('the same loss of a source that may not state it is refused', () => {
    const withdrawal = { kind: 'value-withdrawn', claim: 'entitlements', value: 'x' }
    const decision = decide(
      { ...hrOrigin('w1', 1), ...withdrawal, onBehalfOf: 'iga' } as Change,
      CONTROL_PARTITION,
    )
    expect(decision.log).toMatchObject([{ outcome: 'quarantined', tightened: false }])
    expect(decision.publications).toEqual([])
  })

  test('a disabled account puts all claims of its subject in doubt, and an enabled one is refused', () => {
    const account = { ...hrOrigin('a1', 1), kind: 'account', subject: AMY, onBehalfOf: 'iga' }
    const decision = decide({ ...account, op: 'disabled' } as Change, CONTROL_PARTITION)
    expect(decision.doubts).toMatchObject(
      [...acmeRegistry().claims.keys()].map((claim) => ({ subject: AMY, claim, raised: true })),
    )
    const enabled = decide({ ...account, id: 'a2', op: 'enabled' } as Change, CONTROL_PARTITION)
    expect(enabled.log).toMatchObject([{ outcome: 'quarantined' }])
  })
})
