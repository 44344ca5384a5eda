import { expect, it } from 'vitest'
import { letInText } from './let-in-text.ts'

it.each([
  ['7 let in, 0.4 allowed', { good: 4_429, valid: 4_436, target: 0.9999 }],
  ['no requests yet', { good: 0, valid: 0, target: 0.9999 }],
  ['0 let in, less than 0.1 allowed', { good: 499, valid: 499, target: 0.9999 }],
  ['0 let in, 0.1 allowed', { good: 501, valid: 501, target: 0.9999 }],
  ['0 let in, 0.0 allowed', { good: 500, valid: 500, target: 1 }],
  ['1,200 let in, 1,000 allowed', { good: 9_998_800, valid: 10_000_000, target: 0.9999 }],
])('%s', (text, slo) => {
  expect(letInText(slo)).toBe(text)
})
