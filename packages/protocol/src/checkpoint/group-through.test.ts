import { describe, expect, it } from 'vitest'
import type { SourceState, SourceThrough, ThroughTable } from './checkpoint.ts'
import { groupThrough, type GroupTerms, type StatedThrough } from './group-through.ts'

const TERMS: GroupTerms = {
  nameOf: (tenants) => tenants.join(),
  nowMonoMs: 0,
  feedsMax: 2,
  againMs: 60_000,
  spreadMs: () => 1_000,
}

type StatedTimes = Readonly<Record<string, number | readonly [number | null, SourceState]>>

function throughOf(time: StatedTimes[string]): SourceThrough {
  if (typeof time === 'number') return { atMs: time, state: 'complete' }
  return { atMs: time[0], state: time[1] }
}

/** The `through` of source `hr`, by tenant. */
function hr(times: StatedTimes): ThroughTable {
  return new Map(
    Object.entries(times).map(([tenant, time]) => [tenant, new Map([['hr', throughOf(time)]])]),
  )
}

const at = (nowMonoMs: number): GroupTerms => ({ ...TERMS, nowMonoMs })

describe('feeds of a heartbeat, grouped (rule 50)', () => {
  it('are stated one by one while they are few', () => {
    const through = hr({ a: 10, b: 20 })
    expect(groupThrough(through, null, TERMS)).toEqual({ through, groups: [], stated: null })
  })

  it('have the earliest time of the latest senders', () => {
    const { through, groups } = groupThrough(hr({ c: 5_900, a: 5_000, b: 5_500 }), null, TERMS)
    expect(through).toEqual(new Map())
    const sources = new Map([['hr', 5_000]])
    expect(groups).toEqual([{ list: 'a,b,c', tenants: ['a', 'b', 'c'], sources }])
  })

  it.each<readonly [string, StatedTimes[string]]>([
    ['behind the others', 4_000],
    ['silent', [null, 'silent']],
    ['in a hole', [5_500, 'hole']],
    ['halted', [5_500, 'halted']],
  ])('but for a tenant that is %s', (_, time) => {
    const times = { a: 5_500, b: 5_600, c: 5_550, odd: time }
    const { through, groups } = groupThrough(hr(times), null, TERMS)
    expect(groups.map(({ list }) => list)).toEqual(['a,b,c'])
    expect(through).toEqual(hr({ odd: time }))
  })

  it('are not held back by one whose clock is ahead, which is stated by itself', () => {
    const usual = Object.fromEntries('abcdefghij'.split('').map((tenant) => [tenant, 5_500]))
    const { through, groups } = groupThrough(hr({ ...usual, odd: 7_500 }), null, TERMS)
    expect(groups.map(({ list }) => list)).toEqual(['a,b,c,d,e,f,g,h,i,j'])
    expect(through).toEqual(hr({ odd: 7_500 }))
  })

  it('are not delayed by feeds of long ago, however many these are', () => {
    const times = { a: 90_000, b: 90_100, c: 90_200, d: 1, e: 2, f: 3, g: 4, h: 5 }
    const { through, groups } = groupThrough(hr(times), null, TERMS)
    expect(groups).toMatchObject([{ list: 'a,b,c', sources: new Map([['hr', 90_000]]) }])
    expect([...through.keys()]).toEqual(['d', 'e', 'f', 'g', 'h'])
  })

  it('share a list where sources have the same tenants', () => {
    const both = new Map([
      ['hr', throughOf(9)],
      ['iga', throughOf(8)],
    ])
    const through = new Map(['a', 'b'].map((tenant) => [tenant, both]))
    const sources = new Map([
      ['hr', 9],
      ['iga', 8],
    ])
    const { groups } = groupThrough(through, null, TERMS)
    expect(groups).toEqual([{ list: 'a,b', tenants: ['a', 'b'], sources }])
  })
})

describe('the next heartbeat', () => {
  const first = groupThrough(hr({ a: 1, b: 1, c: 1, odd: [null, 'silent'] }), null, TERMS)
  const next = (
    times: StatedTimes,
    nowMonoMs = 1_000,
    stated: StatedThrough | null = first.stated,
  ) => groupThrough(hr(times), stated, at(nowMonoMs))

  it('names the list alone, and leaves out what was stated', () => {
    const { through, groups } = next({ a: 2, b: 2, c: 2, odd: [null, 'silent'] })
    expect(groups).toEqual([{ list: 'a,b,c', sources: new Map([['hr', 2]]) }])
    expect(through).toEqual(new Map())
  })

  it('states one by one what is new', () => {
    const { through } = next({ a: 2, b: 2, c: 2, odd: [null, 'halted'] })
    expect(through).toEqual(hr({ odd: [null, 'halted'] }))
  })

  it('states another list as soon as one of its tenants fits no longer', () => {
    const { through, groups } = next({ a: 5_000, b: 5_000, c: 1, d: 5_000, odd: [null, 'silent'] })
    expect(groups).toMatchObject([{ list: 'a,b,d', tenants: ['a', 'b', 'd'] }])
    expect(through).toEqual(hr({ c: 1 }))
  })

  it('states a few tenants that fit beside the list one by one, and more in another list', () => {
    const few = next({ a: 2, b: 2, c: 2, d: 2, e: 2 })
    expect(few.groups).toMatchObject([{ list: 'a,b,c' }])
    expect(few.through).toEqual(hr({ d: 2, e: 2 }))
    const many = next({ a: 2, b: 2, c: 2, d: 2, e: 2, f: 2 })
    expect(many.groups).toMatchObject([{ list: 'a,b,c,d,e,f' }])
  })

  it('states everything again when it is due, or when nothing is known to stand', () => {
    const times = { a: 2, b: 2, c: 2, odd: [null, 'silent'] } as const
    for (const again of [next(times, 60_000), next(times, 1_000, null)]) {
      expect(again.groups).toMatchObject([{ tenants: ['a', 'b', 'c'] }])
      expect(again.through).toEqual(hr({ odd: [null, 'silent'] }))
    }
    expect(next(times, 59_999).groups[0]?.tenants).toBeUndefined()
  })
})
