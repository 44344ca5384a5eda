import { expect, it } from 'vitest'
import { orderText } from './order-text.ts'

const broken = { code: 'event.unauthentic', rule: 'the JWS is not a compact JWS' }

it.each([
  ['The record would be accepted now. Outcome: applied.', { result: 'would', becomes: 'applied' }],
  [
    'The record would be refused, so it was not sent. Reason: event.unauthentic: the JWS is not a compact JWS.',
    { result: 'refused', becomes: 'quarantined', why: 'still-refused', ...broken },
  ],
  [
    'The record would be refused, so it was not sent. Reason: no-bytes.',
    { result: 'refused', why: 'no-bytes' },
  ],
  ['The record was closed before.', { result: 'unchanged' }],
])('%s', (text, ordered) => {
  expect(orderText(ordered)).toBe(text)
})
