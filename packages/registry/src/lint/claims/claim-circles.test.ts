import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimsInCircles } from './claim-circles.ts'

/** Claims by what they are derived from. */
function circularIn(from: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const claims = new Map(Object.entries(from).map(([name, each]) => [name, { name, from: each }]))
  return [...claimsInCircles(claims)]
}

describe('a circle of claims', () => {
  it('is found at each of its members, and at none that only hangs on it or between two', () => {
    const two = { a: ['b'], b: ['a'], c: ['a'], d: ['c'], e: ['d', 'f'], f: ['e'], g: ['f'] }
    expect(circularIn(two)).toEqual(['a', 'b', 'e', 'f'])
  })

  it('is not what a long chain or a claim with two ways to one ancestor is', () => {
    const long = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, n) => [`c${n}`, [`c${n + 1}`]]),
    )
    expect(circularIn({ ...long, c20000: [] })).toEqual([])
    expect(circularIn({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual([])
  })

  it('holds exactly those that are an ancestor of themselves', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'unknown')
    const parents = fc.dictionary(name, fc.array(name, { maxLength: 3 }), { minKeys: 3 })
    fc.assert(
      fc.property(parents, (from) => {
        const own = Object.keys(from).filter((each) => ancestorsOf(each, from).has(each))
        expect(circularIn(from).toSorted()).toEqual(own.toSorted())
      }),
      { numRuns: 500 },
    )
  })
})

function ancestorsOf(
  name: string,
  from: Readonly<Record<string, readonly string[]>>,
  found = new Set<string>(),
): ReadonlySet<string> {
  for (const parent of from[name] ?? []) {
    if (found.has(parent)) continue
    found.add(parent)
    ancestorsOf(parent, from, found)
  }
  return found
}
