import { describe, expect, it } from 'vitest'
import { registryRules, ruleFamilies } from './registry-rules.ts'

describe('the catalogue of rules', () => {
  it.each(Object.entries(registryRules))('names for %s the rule and the next step', (_, entry) => {
    expect(entry.rule).toMatch(/^[A-Z`].*[.]$/)
    expect(entry.remedy).toMatch(/^[A-Z`].*[.]$/)
  })

  it('has every rule in one family', () => {
    const codes = [...ruleFamilies.values()].flatMap((family) => [...family.keys()])
    expect(codes.toSorted()).toEqual(Object.keys(registryRules).toSorted())
  })
})
