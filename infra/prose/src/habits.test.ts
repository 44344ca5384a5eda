import { describe, expect, it } from 'vitest'
import { HABITS, habitsText } from './habits.ts'
import { partsOf } from './parts.ts'

/** The shares of the habits in a page, in their order. */
function sharesOf(text: string, path = 'docs/x.md'): readonly string[] {
  return habitsText(partsOf([{ path, text }])).match(/^[\d.]+(?= %)/gm) ?? []
}

describe('the habits of pages', () => {
  it.each([
    ['The edge forgets no proof.', ['100.00', '0.00', '0.00']],
    ['There is no default, and it waits no longer.', ['0.00', '0.00', '0.00']],
    ['The set has an order: a reader knows it.', ['0.00', '100.00', '0.00']],
    ['It reads two of them: the first and a later one.', ['0.00', '0.00', '0.00']],
    ['`name`: it defines the entry.', ['0.00', '0.00', '0.00']],
    ['The entry stands in a list.', ['0.00', '0.00', '100.00']],
  ])('%s', (sentence, shares) => {
    expect(sharesOf(sentence)).toEqual(shares)
  })

  it('are measured in sentences of docs outside of tables', () => {
    const row = '| a |\n| --- |\n| it forgets no proof |\n\nThe edge reads it.'
    expect(sharesOf(row)).toEqual(HABITS.map(() => '0.00'))
    expect(sharesOf('The edge forgets no proof.', 'README.md')).toEqual(HABITS.map(() => '0.00'))
  })
})
