import { partitionOf, type Change, type Subject } from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  arrivalOf,
  decisionTeller,
  groupsChange,
  hrOrigin,
  type DecisionTeller,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)

/** Returns the first `count` subjects of a partition. */
function subjectsIn(partition: number, count: number): readonly Subject[] {
  const all = Array.from({ length: count * 20 }, (_, n) => ({ ...AMY, sub: `staff-${n}` }))
  return all.filter((each) => partitionOf(each) === partition).slice(0, count)
}

let at: DecisionTeller
let number: number
beforeEach(() => {
  at = decisionTeller()
  number = 0
})

const begin = (id: string, n: number): Change => ({ ...hrOrigin(id, n), kind: 'snapshot-begin' })
const end = (id: string, n: number): Change => ({ ...hrOrigin(id, n), kind: 'snapshot-end' })
const states = (id: string, values: readonly string[], n: number): Change =>
  groupsChange(id, AMY, { op: 'set', values, n })

/** Appends the change with the next number, or again with the number that it had. */
function tell(change: Change, its = (number += 1)) {
  return at.take(arrivalOf(change, { partition: P, number: its }), P)
}
const lose = (): void => void (number += 1)
const groups = () => at.world.mint(AMY, 'groups')

/** Returns whether the source's heartbeat counts. */
function isHeard(): boolean {
  const throughMs = (at.world.feed(P, 'hr')?.feed.throughMs ?? 0) + 1
  const beat = { kind: 'heartbeat', tenant: 'acme', source: 'hr', throughMs } as const
  at.take({ kind: 'heartbeat', heartbeat: { ...beat, last: BigInt(number) } }, P)
  return at.world.feed(P, 'hr')?.feed.throughMs === throughMs
}

describe('a border of a full statement that is appended once more', () => {
  test('is not the end of a later statement, though it ended nothing when it was sent', () => {
    expect(tell(end('e0', 4)).quarantine).toMatchObject([{ code: 'event.statement' }])
    tell(states('c1', ['staff'], 1))
    tell(begin('b1', 5))
    expect(tell(end('e0', 4), 1).quarantine).toMatchObject([{ code: 'event.statement' }])
    expect(groups()).toEqual(['staff'])
    tell(states('c2', ['staff'], 5))
    expect(tell(end('e1', 5)).log).toMatchObject([{ outcome: 'applied', tightened: false }])
    expect(groups()).toEqual(['staff'])
  })

  test('control: an end that is newer than the open begin ends it early', () => {
    tell(states('c1', ['staff'], 1))
    tell(begin('b1', 5))
    tell(end('e0', 6))
    expect(groups()).toEqual([])
  })

  test('does not end one whose border the log of changes has forgotten', () => {
    tell(begin('b0', 2))
    tell(end('e0', 3))
    tell(states('c1', ['staff'], 3))
    tell(begin('b1', 5))
    const statements = at.world.feed(P, 'hr')?.statements
    at.world.forgetIds()
    tell(end('e0', 3), 2)
    expect(groups()).toEqual(['staff'])
    tell(begin('b0', 2), 1)
    expect(at.world.feed(P, 'hr')?.statements).toEqual(statements)
  })

  test('lowers no floor as the begin of an older statement: what the newer one lacks is gone', () => {
    tell(begin('b1', 5))
    const refused = tell(begin('b0', 2))
    expect(refused.quarantine).toMatchObject([{ code: 'event.statement' }])
    tell(states('c1', ['staff'], 3))
    tell(begin('b2', 6))
    tell(begin('b0', 2), 2)
    tell(end('e2', 6))
    expect(groups()).toEqual([])
  })

  test('counts as one that was recorded here, also if its source is not allowed to send here', () => {
    tell(states('c1', ['staff'], 1))
    const foreign = { source: 'nobody', tenant: 'acme' } as const
    expect(tell({ ...begin('b0', 2), ...foreign }).quarantine).toMatchObject([
      { code: 'event.forbidden' },
    ])
    expect(at.world.feed(P, 'nobody')?.statements).toMatchObject({
      open: null,
      newest: { epoch: 0n, n: 2n },
    })
  })

  test('a statement of a newer version replaces one that never ended', () => {
    tell(states('c1', ['staff'], 3))
    tell(begin('b1', 2))
    tell(begin('b2', 5))
    expect(tell(end('e1', 2)).quarantine).toMatchObject([{ code: 'event.statement' }])
    tell(end('e2', 5))
    expect(groups()).toEqual([])
  })
})

describe('a full statement that leaves out much', () => {
  const STAFF = subjectsIn(P, 20)
  const state = (sub: Subject, n: number): Change =>
    groupsChange(`${sub.sub}-${n}`, sub, { op: 'set', values: ['staff'], n })
  const staffed = (): number =>
    STAFF.filter((each) => at.world.mint(each, 'groups').length > 0).length
  const confirmed = (id: string, n: number): Change =>
    ({ ...end(id, n), confirmed: true }) as Change

  function statesOf(share: number): void {
    for (const each of STAFF) tell(state(each, 1))
    tell(begin('b1', 5))
    for (const each of STAFF.slice(0, STAFF.length * share)) tell(state(each, 5))
  }

  test.each([
    ['nothing is in it', 0],
    ['it broke off half way', 0.5],
  ])('takes nothing away, and its source is not heard, where %s', (_, share) => {
    statesOf(share)
    const { quarantine, publications, log } = tell(end('e1', 5))
    expect(quarantine).toMatchObject([{ code: 'event.unconfirmed' }])
    expect(log).toMatchObject([{ outcome: 'quarantined', tightened: false }])
    expect(publications).toEqual([])
    expect(staffed()).toBe(STAFF.length)
    expect(isHeard()).toBe(false)
  })

  test('does so when its source sends the end again and confirms it', () => {
    statesOf(0)
    tell(end('e1', 5))
    expect(tell(confirmed('e2', 5)).log).toMatchObject([{ outcome: 'applied', tightened: true }])
    expect(staffed()).toBe(0)
    expect(isHeard()).toBe(true)
  })

  test('is put right by a whole one, which needs no confirmation', () => {
    statesOf(0.5)
    tell(end('e1', 5))
    tell(begin('b2', 6))
    for (const each of STAFF) tell(state(each, 6))
    expect(tell(end('e2', 6)).quarantine).toEqual([])
    expect(staffed()).toBe(STAFF.length)
    expect(isHeard()).toBe(true)
  })

  test('is held above the registry’s limit, and accepted up to it', () => {
    statesOf(0.8)
    expect(tell(end('e1', 5)).quarantine).toEqual([])
    const sources = new Map(acmeRegistry().sources)
    const hr = sources.get('hr')
    if (hr) sources.set('hr', { ...hr, sweepShare: 0.5 })
    at = decisionTeller(acmeRegistry({ sources }))
    number = 0
    statesOf(0.5)
    expect(tell(end('e1', 5)).quarantine).toEqual([])
    expect(staffed()).toBe(10)
  })

  test('control: without the guard an empty statement takes everything away', () => {
    const sources = new Map(acmeRegistry().sources)
    const hr = sources.get('hr')
    if (hr) sources.set('hr', { ...hr, sweepShare: 1 })
    at = decisionTeller(acmeRegistry({ sources }))
    number = 0
    statesOf(0)
    tell(end('e1', 5))
    expect(staffed()).toBe(0)
  })

  test('changes nothing if it is confirmed when none waits any more, and is not quarantined', () => {
    statesOf(1)
    tell(end('e1', 5))
    const { quarantine, log } = tell(confirmed('e2', 5))
    expect(quarantine).toEqual([])
    expect(log).toMatchObject([{ outcome: 'late' }])
  })
})

describe('a hole in the numbers of a feed', () => {
  test('is answered for by a statement that begins behind it, once that has ended (rule 12)', () => {
    tell(states('c1', ['staff'], 1))
    lose()
    tell(states('c3', ['staff'], 3))
    expect(isHeard()).toBe(false)
    tell(begin('b1', 5))
    expect(isHeard()).toBe(false)
    tell(states('c4', ['staff'], 5))
    tell(end('e1', 5))
    expect(isHeard()).toBe(true)
  })

  test('that opened behind the begin stays: the statement knows nothing of what is missing', () => {
    tell(begin('b1', 5))
    lose()
    tell(end('e1', 5))
    expect(isHeard()).toBe(false)
    tell(begin('b2', 7))
    tell(end('e2', 7))
    expect(isHeard()).toBe(true)
  })

  test('is not filled by an old end with a high number, while a statement is open', () => {
    number = 9
    tell(end('e0', 4))
    number = 0
    tell(states('c1', ['staff'], 1))
    lose()
    tell(begin('b1', 5))
    tell(end('e0', 4), 10)
    expect(isHeard()).toBe(false)
  })

  test('a record that cannot be read voids the open statement, which cannot contain it', () => {
    tell(begin('b1', 5))
    number += 1
    const stamp = { partition: P, number: BigInt(number) }
    const told = { tenant: 'acme', source: 'hr', contentHash: 'h', rule: 'r' } as const
    at.take({ kind: 'unreadable', ...told, stamp }, P)
    expect(tell(end('e1', 5)).quarantine).toMatchObject([{ code: 'event.statement' }])
    expect(isHeard()).toBe(false)
    tell(begin('b2', 6))
    tell(end('e2', 6))
    expect(isHeard()).toBe(true)
  })
})
