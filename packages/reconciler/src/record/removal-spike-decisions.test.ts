import { partitionOf, type BatchDecision, type ClaimChange, type Registry } from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  arrivalOf,
  decisionWorld,
  groupsChange,
  hrOrigin,
  type DecisionWorld,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)
const MINUTE_MS = 60_000

/** The registry allows hr to remove two claims in ten minutes, in each partition. */
function guarded(): Registry {
  const registry = acmeRegistry()
  const hr = registry.sources.get('hr')
  if (hr === undefined) throw new Error('The registry has no hr.')
  const removalLimit = { removals: 2, withinMs: 10 * MINUTE_MS }
  return { ...registry, sources: new Map([...registry.sources, ['hr', { ...hr, removalLimit }]]) }
}

let world: DecisionWorld
let nowMs: number
let numbers: number
beforeEach(() => {
  nowMs = 0
  numbers = 0
  world = decisionWorld({}, guarded(), () => nowMs)
})

/** Puts records into the partition unchanged, in one read, and returns the last decision. */
function decide(...changes: readonly ClaimChange[]): BatchDecision {
  const arrivals = changes.map((change) =>
    arrivalOf(change, { partition: P, number: (numbers += 1) }),
  )
  const decision = world.take(P, arrivals).at(-1)
  if (decision === undefined) throw new Error('Nothing was read.')
  return decision
}
const has = (...values: readonly string[]) => groupsChange('s0', AMY, { op: 'set', values, n: 1 })
const removal = (value: string, n = 2) =>
  groupsChange(`r-${value}`, AMY, { op: 'remove', values: [value], n })
const groupsOfAmy = () => world.mint(AMY, 'groups')

describe('removals beyond what a source may take away in a time', () => {
  beforeEach(() => {
    decide(has('a', 'b', 'c', 'd'))
    decide(removal('a'), removal('b'))
  })

  test('are held: tokens are stale at once, the claim is in doubt, and what is stored stays', () => {
    expect(groupsOfAmy()).toEqual(['c', 'd'])
    const label = world.label(AMY)
    const decision = decide(removal('c'))
    expect(decision.claims).toEqual([])
    expect(world.isStale(label, AMY, 'groups')).toBe(true)
    expect(groupsOfAmy()).toEqual([])
    expect(decision.quarantine).toMatchObject([{ code: 'event.flood', cause: { change: 'r-c' } }])
    expect(decision.log).toMatchObject([{ outcome: 'held', tightened: true }])
    expect(decision.publications).toHaveLength(1)
    expect(JSON.stringify(decision.quarantine[0]?.rule)).not.toContain('"c"')
  })

  test('control: without a limit none is held', () => {
    world = decisionWorld({}, acmeRegistry(), () => nowMs)
    decide(has('a', 'b', 'c', 'd'), removal('a'), removal('b'), removal('c'))
    expect(groupsOfAmy()).toEqual(['d'])
  })

  test('are taken once a copy of the record confirms them, and the doubt is over', () => {
    decide(removal('c'))
    decide(removal('c'))
    expect(groupsOfAmy()).toEqual(['d'])
    expect([...world.doubts.values()]).toMatchObject([{ raised: true, settled: true }])
  })

  test('are not taken by reading them again (S12)', () => {
    decide(removal('c'))
    const before = world.digest()
    world.replay()
    expect(world.digest()).toBe(before)
    expect(groupsOfAmy()).toEqual([])
  })

  test('stand as they were where an operator refuses them by clearing the doubt', () => {
    const [doubt] = decide(removal('c')).doubts
    if (doubt === undefined) throw new Error('Nothing is in doubt.')
    const origin = { ...hrOrigin('c1', 9), source: 'freshet', kind: 'clear-doubt' } as const
    const order = { record: doubt.ref, by: 'ann', reason: 'a fault of hr' }
    const change = { ...origin, subject: AMY, claim: 'groups', ...order }
    world.take(P, [arrivalOf(change, { partition: P, number: 1 })])
    expect(groupsOfAmy()).toEqual(['c', 'd'])
  })

  test('lose nothing: what comes after them merges by its own version, before and after', () => {
    decide(removal('c', 5))
    decide(groupsChange('a1', AMY, { op: 'add', values: ['c', 'e'], n: 4 }))
    expect(groupsOfAmy()).toEqual([])
    decide(removal('c', 5))
    expect(groupsOfAmy()).toEqual(['d', 'e'])
  })

  test('end with a set that names the record, as any doubt', () => {
    const settles = decide(removal('c')).doubts.map(({ ref }) => ref)
    const stated = groupsChange('s2', AMY, { op: 'set', values: ['c', 'd', 'e'], n: 3 })
    decide({ ...stated, settles })
    expect(groupsOfAmy()).toEqual(['c', 'd', 'e'])
  })

  test('are none when the time is over: the next ones count from zero', () => {
    nowMs = 10 * MINUTE_MS
    decide(removal('c'))
    expect(groupsOfAmy()).toEqual(['d'])
  })

  test('hold nothing that takes nothing away', () => {
    decide(groupsChange('a1', AMY, { op: 'add', values: ['e'], n: 3 }), removal('x'))
    expect(groupsOfAmy()).toEqual(['c', 'd', 'e'])
  })
})
