import { describe, expect, it } from 'vitest'
import { allPages, readPage, rowsOf } from './pages.ts'

interface Entry {
  readonly term: string
  readonly text: string
}

/** Returns the entries of a glossary, in their order: each begins with a heading of the second level. */
function entriesIn(text: string): readonly Entry[] {
  const [, ...parts] = text.split(/^## /m)
  return parts.map((part) => {
    const [term = '', ...lines] = part.split('\n')
    return { term, text: lines.join(' ').trim() }
  })
}

/** Returns the anchor that Markdown gives a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-')
}

/** Returns the terms of STYLE's table of terms. */
function termsIn(style: string): readonly string[] {
  const [, words = ''] = style.split('\n## Words\n')
  return rowsOf(words, /^(?!term$|-+$)/).flatMap(([terms = '']) => terms.split(', '))
}

/** Returns the anchors of the glossary that a page names. */
function anchorsNamedIn(text: string): readonly string[] {
  return [...text.matchAll(/glossary\.md#([\w-]+)\)/g)].map(([, anchor = '']) => anchor)
}

const glossary = readPage('docs/glossary.md').text
const entries = entriesIn(glossary)
const anchors = new Set(entries.map(({ term }) => anchorOf(term)))
const explained = entries.filter(({ text }) => !text.startsWith('See ['))
const terms = termsIn(readPage('STYLE.md').text)

describe('docs/glossary.md', () => {
  it('has an entry for each term of STYLE.md, and STYLE.md names each of them once', () => {
    const names = explained.map(({ term }) => anchorOf(term))
    expect(terms.map(anchorOf).toSorted()).toEqual(names.toSorted())
  })

  it('control: a term without an entry, and an entry without its term, are found', () => {
    const style = '# Style\n\n## Words\n\n| term | not |\n| --- | --- |\n| lease, made up | TTL |\n'
    expect(termsIn(style)).toEqual(['lease', 'made up'])
    expect(termsIn(style).map(anchorOf)).not.toEqual([...anchors])
    expect(anchors.has('made-up')).toBe(false)
  })

  it('is in alphabetical order', () => {
    const names = entries.map(({ term }) => term.toLowerCase())
    expect(names).toEqual(names.toSorted())
  })

  it.each(explained)('explains $term by an example', ({ text }) => {
    expect(text).toMatch(/^[A-Z].*\. Example: .*\.$/)
  })

  it.each(entries)('$term refers to entries that exist', ({ text }) => {
    const named = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor)
    expect(named.filter((anchor) => !anchors.has(anchor))).toEqual([])
  })
})

describe('links to the glossary', () => {
  it.each(allPages())('the links of $path lead to an entry', ({ text }) => {
    expect(anchorsNamedIn(text).filter((anchor) => !anchors.has(anchor))).toEqual([])
  })

  it('control: a link to an entry that does not exist is found', () => {
    const [named = ''] = anchorsNamedIn('A [vector](glossary.md#vector) is no term.')
    expect(named).toBe('vector')
    expect(anchors.has(named)).toBe(false)
  })
})
