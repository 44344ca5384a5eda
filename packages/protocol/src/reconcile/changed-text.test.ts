import { expect, it } from 'vitest'
import { changedText } from './changed-text.ts'

it.each([
  [
    '− payments-approvers',
    { lost: ['payments-approvers'], lostCount: 1, gained: [], gainedCount: 0 },
  ],
  ['− a, + 7, + true', { lost: ['a'], lostCount: 1, gained: [7, true], gainedCount: 2 }],
  ['+ a and 2 more', { lost: [], lostCount: 0, gained: ['a'], gainedCount: 3 }],
  ['− 1 value, + 2 values', { lost: null, lostCount: 1, gained: null, gainedCount: 2 }],
  ['', null],
  ['', undefined],
])('the values of a change are %j', (text, changed) => {
  expect(changedText(changed)).toBe(text)
})
