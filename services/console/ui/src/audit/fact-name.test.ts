import { expect, it } from 'vitest'
import { factName } from './fact-name.ts'

it('gives a fact the name that a person would use', () => {
  expect(factName('leaseMs')).toBe('lease')
  expect(factName('registryHash')).toBe('registry hash')
  expect(factName('reason')).toBe('reason')
})
