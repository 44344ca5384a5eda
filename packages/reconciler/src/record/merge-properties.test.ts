import {
  compareVersions,
  EMPTY_CLAIM,
  joinClaims,
  mergeStatement,
  valuesInForce,
  type ClaimState,
  type ClaimStatement,
} from '@freshet/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

describe('merging statements', () => {
  const statements = fc
    .array(
      fc.record({
        op: fc.constantFrom<ClaimStatement['op']>('set', 'add', 'remove', 'clear'),
        values: fc.subarray(['x', 'y', 'z']),
        n: fc.nat(9),
      }),
      { maxLength: 6 },
    )
    .map((list) =>
      list.map(({ n, ...rest }, index) => ({
        ...rest,
        version: { epoch: 0n, n: BigInt(n * 10 + index) },
      })),
    )
  type Merge = (before: ClaimState, statement: ClaimStatement) => ClaimState
  const inForce = (merge: Merge, list: readonly ClaimStatement[]) =>
    valuesInForce(list.reduce(merge, EMPTY_CLAIM))
  const isConfluent = (merge: Merge) =>
    fc.property(statements, (list) => {
      expect(inForce(merge, list.toReversed())).toEqual(inForce(merge, list))
    })

  test('gives the same in every order (rule 7)', () => {
    fc.assert(isConfluent(mergeStatement))
  })

  test('control: one version per claim loses statements about other elements (rule 7)', () => {
    const perClaim: Merge = (before, statement) => {
      const newest = [...before.elements.values()].reduce(
        (latest, { version }) => (compareVersions(version, latest) > 0 ? version : latest),
        before.floor,
      )
      if (compareVersions(statement.version, newest) <= 0) return before
      return joinClaims(before, mergeStatement(before, statement))
    }
    expect(fc.check(isConfluent(perClaim)).failed).toBe(true)
  })
})
