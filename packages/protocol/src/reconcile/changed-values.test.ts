import { describe, expect, it } from 'vitest'
import { EMPTY_CLAIM, mergeStatement, type ClaimStatement } from '../claims/claim-state.ts'
import { CHANGED_VALUES_MAX, changedValues } from './changed-values.ts'

const stated = (...statements: Omit<ClaimStatement, 'version'>[]) =>
  statements.reduce(
    (state, each, at) =>
      mergeStatement(state, { ...each, version: { epoch: 0n, n: BigInt(at + 1) } }),
    EMPTY_CLAIM,
  )
const set = (...values: readonly (string | number)[]) => ({ op: 'set', values }) as const
const clear = { op: 'clear', values: [] } as const
const remove = (...values: readonly string[]) => ({ op: 'remove', values }) as const

describe('the values that a change changed', () => {
  it.each([
    ['a removal takes its value', [set('a', 'b')], remove('a'), { lost: ['a'], gained: [] }],
    [
      'a set takes what it does not name, and gives the rest',
      [set('a', 'b')],
      set('b', 'c'),
      { lost: ['a'], gained: ['c'] },
    ],
    ['a clear takes all', [set('a', 'b')], clear, { lost: ['a', 'b'], gained: [] }],
    ['the first set gives all', [], set('a', 7), { lost: [], gained: ['a', 7] }],
  ])('%s', (_, before, change, expected) => {
    const found = changedValues(stated(...before), stated(...before, change))
    expect(found).toMatchObject(expected)
  })

  it('are none of a change without effect', () => {
    expect(changedValues(stated(set('a')), stated(set('a'), remove('b')))).toBeUndefined()
    expect(changedValues(stated(set('a')), stated(set('a'), set('a')))).toBeUndefined()
  })

  it(`are at most ${CHANGED_VALUES_MAX}, with the number of all`, () => {
    const many = Array.from({ length: CHANGED_VALUES_MAX + 1 }, (_, at) => `g${at}`)
    const found = changedValues(undefined, stated(set(...many)))
    expect([found?.gained.length, found?.gainedCount]).toEqual([
      CHANGED_VALUES_MAX,
      CHANGED_VALUES_MAX + 1,
    ])
    const exact = changedValues(undefined, stated(set(...many.slice(1))))
    expect(exact?.gained.length).toBe(exact?.gainedCount)
  })
})
