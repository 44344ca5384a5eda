import { expect, test } from 'vitest'
import { needsConfirmation, SNAPSHOT_REMOVAL_SUBJECTS_MIN } from './snapshot-removal-guard.ts'

const size = (claims: number, losing: number, subjects = losing) => ({ claims, losing, subjects })

test.each([
  ['a fifth of the claims', size(100, 20), false],
  ['more than a fifth', size(100, 21), true],
  ['everything', size(100, 100), true],
  ['everything of few subjects', size(9, 9), false],
  ['many claims of few subjects', size(40, 40, SNAPSHOT_REMOVAL_SUBJECTS_MIN - 1), false],
  ['nothing of nothing', size(0, 0), false],
])('a full statement that leaves out %s', (_, left, isHeld) => {
  expect(needsConfirmation(left)).toBe(isHeld)
})

test('the registry may name another share', () => {
  expect(needsConfirmation(size(100, 40), 0.5)).toBe(false)
  expect(needsConfirmation(size(100, 11), 0.1)).toBe(true)
  expect(needsConfirmation(size(100, 100), 1)).toBe(false)
})
