import { expect, it } from 'vitest'
import { GUARDED_TOKENS_MIN, needsCutOffConfirmation } from './cut-off-guard.ts'

it('holds an order above the share of the tenant, and not at it', () => {
  expect(needsCutOffConfirmation({ tokens: 20, outstanding: 100 }, 0.2)).toBe(false)
  expect(needsCutOffConfirmation({ tokens: 21, outstanding: 100 }, 0.2)).toBe(true)
  expect(needsCutOffConfirmation({ tokens: 100, outstanding: 100 }, 0.99)).toBe(true)
  expect(needsCutOffConfirmation({ tokens: 100, outstanding: 100 }, 1)).toBe(false)
})

it('holds nothing that touches a few tokens, nor anything where no share is declared', () => {
  const few = GUARDED_TOKENS_MIN - 1
  expect(needsCutOffConfirmation({ tokens: few, outstanding: few }, 0.2)).toBe(false)
  expect(needsCutOffConfirmation({ tokens: few + 1, outstanding: few + 1 }, 0.2)).toBe(true)
  expect(needsCutOffConfirmation({ tokens: 100, outstanding: 100 }, undefined)).toBe(false)
})
