import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesByRule, RULES, rulesNamedIn, testFiles, titlesIn } from './named-rules.ts'

const root = join(import.meta.dirname, '../..')

describe('every rule of the protocol is named by a test', () => {
  const found = filesByRule(testFiles(root, ['packages', 'services', 'test']))

  test.each(RULES)('rule %i', (rule) => {
    expect(found.get(rule) ?? []).not.toEqual([])
  })
})

test('rules are read out of a title in each form that we write', () => {
  expect([...rulesNamedIn('a title (rule 7)')]).toEqual([7])
  expect([...rulesNamedIn('of a source (rules 14 and 15)')]).toEqual([14, 15])
  expect([...rulesNamedIn('(rules 3, 9 and 12)')]).toEqual([3, 9, 12])
  expect([...rulesNamedIn('(rules 45 to 47)')]).toEqual([45, 46, 47])
})

test('control: a rule that only a comment names is not found', () => {
  const source = "// rule 7\ntest('merges (rule 9)', () => {})"
  expect([...rulesNamedIn(titlesIn(source).join('\n'))]).toEqual([9])
})
