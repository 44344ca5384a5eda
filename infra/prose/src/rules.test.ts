import { describe, expect, it } from 'vitest'
import { RULES, type RuleName } from './rules.ts'
import { sentencesIn } from './sentences.ts'

/** The rules that the first sentence of a text breaks. */
function broken(text: string): readonly RuleName[] {
  const [sentence] = sentencesIn({ line: 1, text })
  if (sentence === undefined) return []
  return RULES.filter(({ isBrokenBy }) => isBrokenBy(sentence)).map(({ name }) => name)
}

describe('the old dialect breaks a rule', () => {
  it.each<[string, readonly RuleName[]]>([
    ['Who is refused gets a moment of its own to come back.', ['who']],
    ['Whom the token is about, an identity provider’s token says.', ['who', 'said', 'nobody']],
    ['Whoever rotates them reads this.', ['who', 'nobody']],
    ['What has not come whole takes no place.', ['what']],
    ['Whether a token is stale.', ['what']],
    ['When it was told.', ['what', 'said']],
    ['Nobody is heard until then.', ['said', 'nobody']],
    ['Of a group: the worst.', ['fragment']],
    ['By claim; absent: all.', ['fragment']],
    ['By what a start is known.', ['fragment']],
    ['Of which nothing is known comes last: it is neither good nor bad.', ['fragment']],
    ['Of a group: how many they are; the last of them is late.', ['fragment']],
    ['By the time of the broker, the record is late: it waits.', []],
    ['For who is refused.', ['fragment']],
    ['To begin anew.', ['fragment']],
    [`The edge ${'again and '.repeat(15)}ends.`, ['long']],
  ])('%s', (text, rules) => {
    expect(broken(text)).toEqual(rules)
  })
})

describe('plain English breaks none', () => {
  it.each([
    'Each refused client gets its own `Retry-After`, computed from the mint rate measured under load.',
    'A token whose label is below the watermark was minted before this change.',
    'Returns whether the token is stale.',
    'For each partition, the reader keeps a cursor.',
    'In the demo the clock is fixed.',
    'At most 500 edges count exactly.',
    'Who decides?',
    'After an interruption, run the same command again.',
    'An edge answers `nobody told`.',
    'The page had “Nobody is heard”, and `said` is a column.',
    'Worldwide, one swordfish is sayable.',
  ])('%s', (text) => {
    expect(broken(text)).toEqual([])
  })
})

it('every rule has a proposal, and a name of its own', () => {
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length)
  for (const { proposal } of RULES) expect(proposal).toMatch(/[.]$/)
})
