import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChangeIds } from './change-ids.ts'
import { WatermarkTable } from './watermark-table.ts'

const raised = (key: string, e: number, offset: number, partition = 1) => ({
  tenant: 'acme',
  key,
  e,
  offset,
  partition,
  change: `${key}@${e}.${offset}`,
})
const make = (max = 1_000_000): WatermarkTable => new WatermarkTable([7, 9], max)

describe('WatermarkTable', () => {
  it('holds the latest watermark of each scope, whatever came in whatever order', () => {
    const step = fc.tuple(fc.nat(3_000), fc.nat(3), fc.nat(20))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3_000 }), (steps) => {
        const table = make()
        const expected = new Map<string, readonly [number, number]>()
        for (const [scope, e, offset] of steps) {
          const key = `scope-${scope}`
          const known = expected.get(key)
          const isLater =
            known === undefined || e > known[0] || (e === known[0] && offset > known[1])
          if (isLater) expected.set(key, [e, offset])
          expect(table.raise(raised(key, e, offset), 0)).toBe(isLater)
        }
        expect(table.size).toBe(expected.size)
        for (const [key, [e, offset]] of expected)
          expect(table.read(table.findKey(key))).toEqual({
            e,
            offset,
            change: `${key}@${e}.${offset}`,
          })
        expect(table.findKey('nobody')).toBe(-1)
      }),
      { numRuns: 50 },
    )
  })

  it('loses nothing but the old ones when pruned (rule 25)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(500), fc.nat(100)), { maxLength: 800 }), (steps) => {
        const table = make()
        const at = new Map<string, number>()
        for (const [i, [scope, seconds]] of steps.entries()) {
          const key = `scope-${scope}`
          table.raise(raised(key, 1, i), seconds)
          at.set(key, seconds)
        }
        // A removal is a look of its own, so one call may end before the table does.
        for (let call = 0; call < 3; call++) table.prune(50, 1 << 20)
        for (const [key, seconds] of at) expect(table.findKey(key) >= 0).toBe(seconds >= 50)
        expect(table.size).toBe([...at.values()].filter((seconds) => seconds >= 50).length)
      }),
      { numRuns: 300 },
    )
  })

  it('prunes in bounded steps', () => {
    const table = make()
    for (let i = 0; i < 10_000; i++) table.raise(raised(`scope-${i}`, 1, 1), 0)
    expect(table.prune(1, 1_000)).toBeLessThanOrEqual(1_000)
    for (let i = 0; i < 100; i++) table.prune(1, 1_000)
    expect(table.size).toBe(0)
  })

  it('reports that it is full instead of forgetting, until no refused denial can matter', () => {
    const table = make(2)
    table.raise(raised('a', 1, 1), 0)
    table.raise(raised('b', 1, 1), 0)
    expect(table.lacks('acme')).toBe(false)
    table.raise(raised('c', 1, 1), 10)
    expect([table.lacks('acme'), table.lackingTenants]).toEqual([true, 1])
    expect(table.raise(raised('a', 1, 2), 11)).toBe(true)
    table.prune(10, 1 << 20)
    expect(table.lacks('acme')).toBe(true)
    table.prune(11, 1 << 20)
    expect([table.lacks('acme'), table.lackingTenants]).toEqual([false, 0])
    expect(table.findKey('a')).toBeGreaterThanOrEqual(0)
  })

  it('is full for the tenant that filled it alone, and gives its places back', () => {
    const table = make(1_000)
    for (let i = 0; i < 2_000; i++) table.raise(raised(`acme-${i}`, 1, 1), 0)
    const { size } = table
    expect([table.lacks('acme'), size]).toEqual([true, 600])
    table.raise({ ...raised('theirs', 1, 1), tenant: 'globex' }, 0)
    expect(table.findKey('theirs')).toBeGreaterThanOrEqual(0)
    expect(table.lacks('globex')).toBe(false)
    for (let step = 0; step < 4; step++) table.prune(1, 1_000)
    expect([table.size, table.lacks('acme')]).toEqual([0, false])
    for (let i = 0; i < 2_000; i++) table.raise(raised(`acme-${i}`, 1, 1), 2)
    expect(table.size).toBe(size)
  })

  it('forgets one partition alone', () => {
    const table = make()
    for (let i = 0; i < 2_000; i++) table.raise(raised(`scope-${i}`, 1, 1, i % 7), 0)
    table.forget(3)
    for (let i = 0; i < 2_000; i++) expect(table.findKey(`scope-${i}`) >= 0).toBe(i % 7 !== 3)
  })

  it('shows by its layout that rows must be found again', () => {
    const table = make()
    const before = table.layout
    table.raise(raised('a', 1, 1), 0)
    const after = table.layout
    expect(after).not.toBe(before)
    table.raise(raised('a', 1, 2), 0)
    expect(table.layout).toBe(after)
  })

  it('compares lexicographically: an older incarnation is below whatever its offset (rule 26)', () => {
    const table = make()
    table.raise(raised('a', 2, 5), 0)
    const row = table.findKey('a')
    expect(table.isAbove(row, 1, 1_000)).toBe(true)
    expect(table.isAbove(row, 2, 4)).toBe(true)
    expect(table.isAbove(row, 2, 5)).toBe(false)
    expect(table.isAbove(row, 3, 0)).toBe(false)
  })

  it('is not raised by an older incarnation, whatever its offset (rules 9 and 26)', () => {
    const table = make()
    table.raise(raised('a', 2, 5), 0)
    expect(table.raise(raised('a', 1, 1_000), 0)).toBe(false)
    expect(table.read(table.findKey('a'))).toMatchObject({ e: 2, offset: 5 })
    expect(table.raise(raised('a', 3, 0), 0)).toBe(true)
    expect(table.read(table.findKey('a'))).toMatchObject({ e: 3, offset: 0 })
  })
})

describe('ids of changes', () => {
  it('are reported as they were given, in spite of later additions and removals', () => {
    const table = new WatermarkTable([1, 2], 100_000)
    const name = (i: number): string => `change-ü-${'x'.repeat(i % 200)}-${i}`
    for (let i = 0; i < 50_000; i++)
      table.raise({ ...raised(`scope-${i % 3_000}`, 1, i), change: name(i) }, 0)
    for (let i = 47_000; i < 50_000; i++)
      expect(table.read(table.findKey(`scope-${i % 3_000}`)).change).toBe(name(i))
  })

  it('take no more room than twice what is held, and some', () => {
    const ids = new ChangeIds()
    const names = Array.from({ length: 40_000 }, (_, i) =>
      ids.add(`change-${String(i).padStart(20)}`),
    )
    expect(ids.isWasteful).toBe(false)
    for (const name of names.slice(0, 30_000)) ids.release(name)
    expect(ids.isWasteful).toBe(true)
    expect(ids.get(names.at(-1) ?? 0)).toBe(`change-${String(39_999).padStart(20)}`)
    expect(ids.get(0)).toBeUndefined()
  })
})
