import fc from 'fast-check'
import { expect, test } from 'vitest'
import { after, comparePositions, isBelow, laterPosition, type Position } from './position.ts'

const positions: fc.Arbitrary<Position> = fc.record({
  e: fc.bigInt(1n, 3n),
  offset: fc.bigInt(0n, 5n),
})

function merged(list: readonly Position[]): Position | undefined {
  return list.reduce<Position | undefined>(laterPosition, undefined)
}

test('watermarks merge by max: order and repeats change nothing (rule 9)', () => {
  fc.assert(
    fc.property(fc.array(positions, { minLength: 1 }), (list) => {
      expect(merged([...list.toReversed(), ...list])).toEqual(merged(list))
    }),
  )
})

test('no sequence of watermarks lets a stale token pass again', () => {
  fc.assert(
    fc.property(positions, fc.array(positions), fc.bigInt(0n, 5n), (first, rest, s) => {
      const label = { e: 1n, s, c: 0n }
      const isStale = isBelow(label, 's', first)
      const later = merged([first, ...rest]) ?? first
      if (isStale) expect(isBelow(label, 's', later)).toBe(true)
    }),
  )
})

test('control: last write wins lets a stale token pass again', () => {
  const lastWins = (list: readonly Position[]) => list.at(-1) ?? { e: 0n, offset: 0n }
  const label = { e: 1n, s: 3n, c: 0n }
  const [newer, older] = [after(1n, 5n), after(1n, 1n)]
  expect(isBelow(label, 's', lastWins([newer, older]))).toBe(false)
  expect(isBelow(label, 's', merged([newer, older]) ?? older)).toBe(true)
})

test('a position of a later incarnation is later whatever its offset (rule 26)', () => {
  expect(comparePositions({ e: 2n, offset: 0n }, { e: 1n, offset: 900n })).toBeGreaterThan(0)
})
