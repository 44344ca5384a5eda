import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  EMPTY_CLAIM,
  joinClaims,
  mergeStatement,
  valuesInForce,
  type ClaimState,
  type ClaimStatement,
} from './claim-state.ts'
import { compareVersions } from '../position/source-version.ts'

const v = (n: number, epoch = 0) => ({ epoch: BigInt(epoch), n: BigInt(n) })

const statements: fc.Arbitrary<ClaimStatement> = fc.record({
  op: fc.constantFrom('set', 'add', 'remove', 'clear'),
  values: fc.subarray(['a', 'b', 'c', 'd']),
  version: fc.record({ epoch: fc.bigInt(0n, 1n), n: fc.bigInt(0n, 6n) }),
})

const states = fc.array(statements, { maxLength: 6 }).map(fold)

function fold(list: readonly ClaimStatement[]): ClaimState {
  return list.reduce(mergeStatement, EMPTY_CLAIM)
}

function normal({ floor, elements }: ClaimState): unknown {
  return { floor, elements: [...elements].sort(([a], [b]) => (a < b ? -1 : 1)) }
}

describe('merging per element (rule 7)', () => {
  test('any order of the same statements gives the same state', () => {
    fc.assert(
      fc.property(
        fc.array(statements, { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (list, draws) => {
          const shuffled = [...list]
          for (let i = shuffled.length - 1; i > 0; i--) {
            const j = (draws.next().value ?? 0) % (i + 1)
            const [a, b] = [shuffled[i], shuffled[j]]
            if (a && b) [shuffled[i], shuffled[j]] = [b, a]
          }
          expect(normal(fold(shuffled))).toEqual(normal(fold(list)))
        },
      ),
    )
  })

  test('a repeat changes nothing', () => {
    fc.assert(
      fc.property(states, statements, (state, statement) => {
        const once = mergeStatement(state, statement)
        expect(normal(mergeStatement(once, statement))).toEqual(normal(once))
      }),
    )
  })

  test('joining is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(states, states, states, (a, b, c) => {
        expect(normal(joinClaims(a, b))).toEqual(normal(joinClaims(b, a)))
        expect(normal(joinClaims(a, joinClaims(b, c)))).toEqual(
          normal(joinClaims(joinClaims(a, b), c)),
        )
        expect(normal(joinClaims(a, a))).toEqual(normal(a))
      }),
    )
  })

  test('what is known never gets older', () => {
    fc.assert(
      fc.property(states, statements, (before, statement) => {
        const after = mergeStatement(before, statement)
        expect(compareVersions(after.floor, before.floor)).toBeGreaterThanOrEqual(0)
        for (const [key, element] of before.elements) {
          const { version: now } = after.elements.get(key) ?? { version: after.floor }
          expect(compareVersions(now, element.version)).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  test('a late removal does not undo a newer grant, and a late grant not a newer removal', () => {
    const granted = fold([
      { op: 'add', values: ['a'], version: v(5) },
      { op: 'remove', values: ['a'], version: v(3) },
    ])
    expect(valuesInForce(granted)).toEqual(['a'])
    const removed = fold([
      { op: 'remove', values: ['a'], version: v(5) },
      { op: 'add', values: ['a'], version: v(3) },
    ])
    expect(valuesInForce(removed)).toEqual([])
  })

  test('a set is a floor: older grants of other values are gone, newer ones stay', () => {
    const state = fold([
      { op: 'add', values: ['old'], version: v(1) },
      { op: 'set', values: ['a'], version: v(2) },
      { op: 'add', values: ['new'], version: v(3) },
    ])
    expect(valuesInForce(state)).toEqual(['a', 'new'])
  })

  test('a later source epoch wins over a larger number of an earlier one', () => {
    const state = fold([
      { op: 'add', values: ['a'], version: v(900) },
      { op: 'remove', values: ['a'], version: v(1, 1) },
    ])
    expect(valuesInForce(state)).toEqual([])
  })

  test('a contradiction at one version narrows', () => {
    const state = fold([
      { op: 'add', values: ['a'], version: v(1) },
      { op: 'remove', values: ['a'], version: v(1) },
    ])
    expect(valuesInForce(state)).toEqual([])
  })

  describe('statements of one version', () => {
    const at = (op: ClaimStatement['op'], ...values: readonly string[]): ClaimStatement => ({
      op,
      values,
      version: v(1),
    })

    test.each([
      ['two sets keep what both list', [at('set', 'a', 'b'), at('set', 'a')], ['a']],
      ['a clear takes all of a set away', [at('set', 'a'), at('clear')], []],
      ['an empty set takes all of a set away', [at('set', 'a'), at('set')], []],
      ['a value that a set omits is not added', [at('set', 'a'), at('add', 'b')], ['a']],
      ['without a set, adds join', [at('add', 'a'), at('add', 'b')], ['a', 'b']],
    ])('%s, in both orders', (_, list, left) => {
      expect(valuesInForce(fold(list))).toEqual(left)
      expect(valuesInForce(fold(list.toReversed()))).toEqual(left)
    })

    test.each(['set', 'scalar'] as const)('a restriction needs one of them (%s)', (shape) => {
      const claim = { polarity: 'restrict', shape } as const
      for (const second of [at('set'), at('clear'), at('remove', 'a')]) {
        const list = [at('set', 'a'), second].map((each) => ({ ...each, claim }))
        expect(valuesInForce(fold(list))).toEqual(['a'])
        expect(valuesInForce(fold(list.toReversed()))).toEqual(['a'])
      }
    })

    const scalar = fc.array(
      fc.record({
        op: fc.constantFrom('set', 'remove', 'clear'),
        values: fc.subarray(['a', 'b'], { minLength: 1, maxLength: 1 }),
        version: fc.constant(v(1)),
        claim: fc.constant({ polarity: 'grant', shape: 'scalar' } as const),
      }),
      { maxLength: 5 },
    )

    test('a scalar has the same values in any order: none after a removal, else all that were set', () => {
      fc.assert(
        fc.property(scalar, (list) => {
          const found = valuesInForce(fold(list))
          expect(valuesInForce(fold(list.toReversed()))).toEqual(found)
          const isEnded = list.some(({ op }) => op === 'clear')
          const set = list.filter(({ op }) => op === 'set').flatMap(({ values }) => values)
          if (isEnded) expect(found).toEqual([])
          else if (list.every(({ op }) => op === 'set')) {
            expect(found).toEqual([...new Set(set)].sort())
          }
        }),
      )
    })
  })

  test('control: one version per claim instead of per element loses a removal', () => {
    const perClaim = (list: readonly ClaimStatement[]): readonly string[] => {
      let version = v(-1)
      let values: string[] = []
      for (const statement of list) {
        if (compareVersions(statement.version, version) <= 0) continue
        version = statement.version
        const stated = statement.values as string[]
        if (statement.op === 'add') values = [...values, ...stated]
        if (statement.op === 'remove') values = values.filter((value) => !stated.includes(value))
      }
      return values
    }
    const list: ClaimStatement[] = [
      { op: 'add', values: ['a'], version: v(1) },
      { op: 'add', values: ['b'], version: v(3) },
      { op: 'remove', values: ['a'], version: v(2) },
    ]
    expect(perClaim(list)).toContain('a')
    expect(valuesInForce(fold(list))).toEqual(['b'])
  })
})

test('a withdrawn value is in force only above the withdrawal (rule 6)', () => {
  const state = fold([
    { op: 'add', values: ['a', 'b'], version: v(3) },
    { op: 'add', values: ['c'], version: v(9) },
  ])
  const above = (value: unknown) => (value === 'b' ? v(2) : v(7))
  expect(valuesInForce(state, above)).toEqual(['b', 'c'])
})
