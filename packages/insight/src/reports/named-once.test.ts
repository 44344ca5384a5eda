import { expect, test } from 'vitest'
import { nameInKey, NamedOnce } from './named-once.ts'

test('an edge is named once a minute, and others meanwhile', () => {
  const named = new NamedOnce()
  expect(named.see('a', 0)).toBe('a')
  expect(named.see('a', 59_999)).toBeUndefined()
  expect(named.see('b', 59_999)).toBe('b')
  expect(named.see('a', 60_000)).toBe('a')
})

test('invented names fill no memory and no log', () => {
  const named = new NamedOnce()
  const seen = Array.from({ length: 1_000 }, (_, n) => named.see(`e${n}`, 0))
  expect(seen.filter((name) => name !== undefined)).toHaveLength(100)
  expect(named.see(nameInKey(Buffer.from('x'.repeat(10_000))), 60_000)).toHaveLength(256)
  expect(named.see(nameInKey(null), 60_000)).toBe('')
})
