import { expect, test } from 'vitest'
import { Eras } from './eras.ts'

test('a pair has one name, and a name has one pair', () => {
  const eras = new Eras()
  const pairs = [
    [0, 1],
    [3, 1],
    [3, 1_795_514_400],
    [3, Number.POSITIVE_INFINITY],
  ] as const
  const names = pairs.map(([partition, e]) => eras.nameOf(partition, e))
  expect(new Set(names).size).toBe(pairs.length)
  for (const [n, [partition, e]] of pairs.entries()) {
    const name = names[n] ?? -1
    expect([eras.partition(name), eras.e(name)]).toEqual([partition, e])
    expect(eras.nameOf(partition, e)).toBe(name)
  }
})

test('beyond what sixteen bits can name there is no new one, and the others stay', () => {
  const eras = new Eras()
  for (let e = 0; e < 65_536; e++) eras.nameOf(1, e)
  expect(eras.nameOf(1, 65_536)).toBeUndefined()
  expect(eras.nameOf(1, 65_535)).toBe(65_535)
})
