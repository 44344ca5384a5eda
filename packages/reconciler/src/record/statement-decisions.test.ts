import { partitionOf, type Change, type Subject } from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  arrivalOf,
  createDecider,
  groupsChange,
  hrOrigin,
  type Decider,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)

/** Returns the first `count` subjects of a partition. */
function subjectsIn(partition: number, count: number): readonly Subject[] {
  const all = Array.from({ length: count * 20 }, (_, n) => ({ ...AMY, sub: `staff-${n}` }))
  return all.filter((each) => partitionOf(each) === partition).slice(0, count)
}

let at: Decider
let number: number
beforeEach(() => {
  at = createDecider()
  number = 0
})

const begin = (id: string, n: number): Change => ({ ...hrOrigin(id, n), kind: 'snapshot-begin' })
const end = (id: string, n: number): Change => ({ ...hrOrigin(id, n), kind: 'snapshot-end' })
const states = (id: string, values: readonly string[], n: number): Change =>
  groupsChange(id, AMY, { op: 'set', values, n })

/** Appends the change with the next number, or again with the number that it had. */
function decide(change: Change, its = (number += 1)) {
  return at.take(arrivalOf(change, { partition: P, number: its }), P)
}
const lose = (): void => void (number += 1)
const groups = () => at.world.mint(AMY, 'groups')

/** Returns whether the source's heartbeat counts. */
function counts(): boolean {
  const throughMs = (at.world.feed(P, 'hr')?.feed.throughMs ?? 0) + 1
  const heartbeat = { kind: 'heartbeat', tenant: 'acme', source: 'hr', throughMs } as const
  at.take({ kind: 'heartbeat', heartbeat: { ...heartbeat, last: BigInt(number) } }, P)
  return at.world.feed(P, 'hr')?.feed.throughMs === throughMs
}

describe('a border of a full statement that is appended once more', () => {
  test('is not the end of a later statement, though it ended nothing when it was sent', () => {
    expect(decide(end('e0', 4)).quarantine).toMatchObject([{ code: 'event.statement' }])
    decide(states('c1', ['staff'], 1))
    decide(begin('b1', 5))
    expect(decide(end('e0', 4), 1).quarantine).toMatchObject([{ code: 'event.statement' }])
    expect(groups()).toEqual(['staff'])
    decide(states('c2', ['staff'], 5))
    expect(decide(end('e1', 5)).log).toMatchObject([{ outcome: 'applied', tightened: false }])
    expect(groups()).toEqual(['staff'])
  })

  test('control: an end that is newer than the open begin ends it early', () => {
    decide(states('c1', ['staff'], 1))
    decide(begin('b1', 5))
    decide(end('e0', 6))
    expect(groups()).toEqual([])
  })

  test('does not end one whose border the log of changes has forgotten', () => {
    decide(begin('b0', 2))
    decide(end('e0', 3))
    decide(states('c1', ['staff'], 3))
    decide(begin('b1', 5))
    const statements = at.world.feed(P, 'hr')?.statements
    at.world.forgetIds()
    decide(end('e0', 3), 2)
    expect(groups()).toEqual(['staff'])
    decide(begin('b0', 2), 1)
    expect(at.world.feed(P, 'hr')?.statements).toEqual(statements)
  })

  test('lowers no floor as the begin of an older statement: what the newer one lacks is gone', () => {
    decide(begin('b1', 5))
    const refused = decide(begin('b0', 2))
    expect(refused.quarantine).toMatchObject([{ code: 'event.statement' }])
    decide(states('c1', ['staff'], 3))
    decide(begin('b2', 6))
    decide(begin('b0', 2), 2)
    decide(end('e2', 6))
    expect(groups()).toEqual([])
  })

  test('counts as one that was recorded here, also if its source is not allowed to send here', () => {
    decide(states('c1', ['staff'], 1))
    const foreign = { source: 'nobody', tenant: 'acme' } as const
    expect(decide({ ...begin('b0', 2), ...foreign }).quarantine).toMatchObject([
      { code: 'event.forbidden' },
    ])
    expect(at.world.feed(P, 'nobody')?.statements).toMatchObject({
      open: null,
      newest: { epoch: 0n, n: 2n },
    })
  })

  test('a statement of a newer version replaces one that never ended', () => {
    decide(states('c1', ['staff'], 3))
    decide(begin('b1', 2))
    decide(begin('b2', 5))
    expect(decide(end('e1', 2)).quarantine).toMatchObject([{ code: 'event.statement' }])
    decide(end('e2', 5))
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
    for (const each of STAFF) decide(state(each, 1))
    decide(begin('b1', 5))
    for (const each of STAFF.slice(0, STAFF.length * share)) decide(state(each, 5))
  }

  test.each([
    ['nothing is in it', 0],
    ['it broke off half way', 0.5],
  ])('takes nothing away, and its source is not trusted, if %s', (_, share) => {
    statesOf(share)
    const { quarantine, publications, log } = decide(end('e1', 5))
    expect(quarantine).toMatchObject([{ code: 'event.unconfirmed' }])
    expect(log).toMatchObject([{ outcome: 'quarantined', tightened: false }])
    expect(publications).toEqual([])
    expect(staffed()).toBe(STAFF.length)
    expect(counts()).toBe(false)
  })

  test('does so when its source sends the end again and confirms it', () => {
    statesOf(0)
    decide(end('e1', 5))
    expect(decide(confirmed('e2', 5)).log).toMatchObject([{ outcome: 'applied', tightened: true }])
    expect(staffed()).toBe(0)
    expect(counts()).toBe(true)
  })

  test('is put right by a whole one, which needs no confirmation', () => {
    statesOf(0.5)
    decide(end('e1', 5))
    decide(begin('b2', 6))
    for (const each of STAFF) decide(state(each, 6))
    expect(decide(end('e2', 6)).quarantine).toEqual([])
    expect(staffed()).toBe(STAFF.length)
    expect(counts()).toBe(true)
  })

  test('is held above the registry’s limit, and accepted up to it', () => {
    statesOf(0.8)
    expect(decide(end('e1', 5)).quarantine).toEqual([])
    const sources = new Map(acmeRegistry().sources)
    const hr = sources.get('hr')
    if (hr) sources.set('hr', { ...hr, snapshotRemovalShare: 0.5 })
    at = createDecider(acmeRegistry({ sources }))
    number = 0
    statesOf(0.5)
    expect(decide(end('e1', 5)).quarantine).toEqual([])
    expect(staffed()).toBe(10)
  })

  test('control: without the guard an empty statement takes everything away', () => {
    const sources = new Map(acmeRegistry().sources)
    const hr = sources.get('hr')
    if (hr) sources.set('hr', { ...hr, snapshotRemovalShare: 1 })
    at = createDecider(acmeRegistry({ sources }))
    number = 0
    statesOf(0)
    decide(end('e1', 5))
    expect(staffed()).toBe(0)
  })

  test('changes nothing if it is confirmed when none waits any more, and is not quarantined', () => {
    statesOf(1)
    decide(end('e1', 5))
    const { quarantine, log } = decide(confirmed('e2', 5))
    expect(quarantine).toEqual([])
    expect(log).toMatchObject([{ outcome: 'late' }])
  })
})

describe('a hole in the numbers of a feed', () => {
  test('is answered for by a statement that begins behind it, once that has ended (rule 12)', () => {
    decide(states('c1', ['staff'], 1))
    lose()
    decide(states('c3', ['staff'], 3))
    expect(counts()).toBe(false)
    decide(begin('b1', 5))
    expect(counts()).toBe(false)
    decide(states('c4', ['staff'], 5))
    decide(end('e1', 5))
    expect(counts()).toBe(true)
  })

  test('that opened behind the begin stays: the statement knows nothing of what is missing', () => {
    decide(begin('b1', 5))
    lose()
    decide(end('e1', 5))
    expect(counts()).toBe(false)
    decide(begin('b2', 7))
    decide(end('e2', 7))
    expect(counts()).toBe(true)
  })

  test('is not filled by an old end with a high number, while a statement is open', () => {
    number = 9
    decide(end('e0', 4))
    number = 0
    decide(states('c1', ['staff'], 1))
    lose()
    decide(begin('b1', 5))
    decide(end('e0', 4), 10)
    expect(counts()).toBe(false)
  })

  test('a record that cannot be read voids the open statement, which cannot contain it', () => {
    decide(begin('b1', 5))
    number += 1
    const stamp = { partition: P, number: BigInt(number) }
    const origin = { tenant: 'acme', source: 'hr', contentHash: 'h', rule: 'r' } as const
    at.take({ kind: 'unreadable', ...origin, stamp }, P)
    expect(decide(end('e1', 5)).quarantine).toMatchObject([{ code: 'event.statement' }])
    expect(counts()).toBe(false)
    decide(begin('b2', 6))
    decide(end('e2', 6))
    expect(counts()).toBe(true)
  })
})
