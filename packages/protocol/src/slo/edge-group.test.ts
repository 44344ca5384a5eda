import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupName, passesOf } from './edge-group.ts'

const apply = (upTo: bigint, appliedAtMs: number) => {
  return { upTo, appendedAtMs: appliedAtMs - 10, appliedAtMs }
}
const terms = { before: 4n, reportedAtMs: 1_000, isNext: true }

describe('the passes of an edge', () => {
  it('go from one apply to the next, and from what was known before to the first', () => {
    const reported = { applied: 12n, applies: [apply(7n, 500), apply(10n, 900)] }
    expect(passesOf(reported, terms)).toEqual([
      { ...apply(7n, 500), fromOffset: 4n },
      { ...apply(10n, 900), fromOffset: 7n },
    ])
  })

  it('end with the report where one before it was lost', () => {
    const reported = { applied: 12n, applies: [apply(10n, 900)] }
    const lost = passesOf(reported, { ...terms, isNext: false })
    expect(lost.at(-1)).toMatchObject({ fromOffset: 4n, upTo: 12n, appliedAtMs: 1_000 })
  })

  it('leave out the unknown changes that an edge passed, and are none if a topic began anew', () => {
    const reported = { applied: 12n, applies: [apply(10n, 900)] }
    const isNew = { ...terms, before: undefined, isNext: false }
    expect(passesOf(reported, isNew)).toMatchObject([{ fromOffset: 9n, upTo: 10n }])
    expect(passesOf(reported, { ...terms, before: 80n })).toMatchObject([{ fromOffset: 9n }])
  })

  it('are not believed before the batch, nor behind the report', () => {
    const reported = { applied: 12n, applies: [{ upTo: 9n, appendedAtMs: 800, appliedAtMs: 700 }] }
    expect(passesOf(reported, terms)).toMatchObject([{ appliedAtMs: 800 }])
    const late = { applied: 12n, applies: [{ upTo: 9n, appendedAtMs: 800, appliedAtMs: 5_000 }] }
    expect(passesOf(late, terms)).toMatchObject([{ appliedAtMs: 1_000 }])
  })

  it('leave no offset between two reports without a bound that is not too early', () => {
    const steps = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(steps, fc.boolean(), fc.nat({ max: 20 }), (gaps, isNext, lost) => {
        let upTo = 4n
        let atMs = 100
        const all = gaps.map((gap) => {
          upTo += BigInt(gap + 1)
          return apply(upTo, (atMs += 20))
        })
        const applies = isNext ? all : all.slice(Math.min(lost, all.length))
        const passes = passesOf({ applied: upTo, applies }, { ...terms, isNext })
        for (let offset = 4n; offset < upTo; offset += 1n) {
          const truth = all.find((each) => each.upTo > offset)?.appliedAtMs ?? 0
          const over = passes.filter((each) => each.fromOffset <= offset && offset < each.upTo)
          expect(Math.max(...over.map(({ appliedAtMs }) => appliedAtMs))).toBeGreaterThanOrEqual(
            truth,
          )
        }
      }),
      { seed: 7 },
    )
  })
})

it('a group has a name that no edge can have', () => {
  expect(groupName('payments')).not.toBe('payments')
})
