import { expect, test } from 'vitest'
import { UnreadableReports } from './unreadable-reports.ts'

const key = (name: string): Uint8Array => Buffer.from(name)

test('an edge is told of once a minute, and others meanwhile', () => {
  const unreadable = new UnreadableReports()
  expect(unreadable.see(key('a'), 0)).toBe('a')
  expect(unreadable.see(key('a'), 59_999)).toBeUndefined()
  expect(unreadable.see(key('b'), 59_999)).toBe('b')
  expect(unreadable.see(key('a'), 60_000)).toBe('a')
})

test('whoever invents names fills no memory and no log', () => {
  const unreadable = new UnreadableReports()
  const told = Array.from({ length: 1_000 }, (_, n) => unreadable.see(key(`e${n}`), 0))
  expect(told.filter((name) => name !== undefined)).toHaveLength(100)
  expect(unreadable.see(key('x'.repeat(10_000)), 60_000)).toHaveLength(256)
  expect(unreadable.see(null, 60_000)).toBe('')
})
