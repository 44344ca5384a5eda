import { CONTROL_PARTITION, partitionOf, type BatchDecision, type Change } from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  decisionTeller,
  groupsChange,
  hrOrigin,
  type DecisionTeller,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

let at: DecisionTeller

beforeEach(() => {
  at = decisionTeller()
})

const tell = (change: Change, partition = partitionOf(AMY)): BatchDecision =>
  at.tell(change, partition)

describe('a change for a partner that is declared no more', () => {
  test('a removal puts its claim in doubt', () => {
    const decision = tell({
      ...groupsChange('c1', AMY, { op: 'remove', values: ['x'], n: 1 }),
      onBehalfOf: 'iga',
    })
    expect(decision.log).toMatchObject([{ outcome: 'doubtful', tightened: true }])
    expect(decision.doubts).toMatchObject([{ subject: AMY, claim: 'groups', raised: true }])
  })

  test('a withdrawn value halts its source until its next snapshot', () => {
    const withdrawal = {
      ...hrOrigin('w1', 1),
      kind: 'value-withdrawn',
      claim: 'groups',
      value: 'x',
    }
    const decision = tell({ ...withdrawal, onBehalfOf: 'iga' } as Change, CONTROL_PARTITION)
    expect(decision.log).toMatchObject([{ outcome: 'doubtful' }])
    expect(decision.feeds).toMatchObject([{ source: 'hr', feed: { halted: true } }])
  })

  test('a disabled account puts all claims of its subject in doubt, and an enabled one is refused', () => {
    const account = { ...hrOrigin('a1', 1), kind: 'account', subject: AMY, onBehalfOf: 'iga' }
    const decision = tell({ ...account, op: 'disabled' } as Change, CONTROL_PARTITION)
    expect(decision.doubts).toMatchObject(
      [...acmeRegistry().claims.keys()].map((claim) => ({ subject: AMY, claim, raised: true })),
    )
    const enabled = tell({ ...account, id: 'a2', op: 'enabled' } as Change, CONTROL_PARTITION)
    expect(enabled.log).toMatchObject([{ outcome: 'quarantined' }])
  })
})
