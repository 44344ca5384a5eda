import { describe, expect, it } from 'vitest'
import { anchorOf, anchorsOf, deadLinks, linked } from './links.ts'

const pages = new Map([
  ['index.md', '# Home\n\n[a](docs/a.md#two-words)\n'],
  ['docs/a.md', '# A\n\n## Two words\n\n[b](b.md)\n\n```sh\n# [no](c.md)\n```\n'],
  ['docs/b.md', '# B\n\n[x](../index.md#nothing)\n\n[web](https://example.org)\n\n[self](#b)\n'],
])
const isPage = (path: string): boolean =>
  ['README.md', 'docs/a.md', 'docs/list/index.md'].includes(path)

describe('links', () => {
  it.each([
    ['to a page stay', '[a](a.md#x)', '[a](a.md#x)'],
    ['to the README lead to the first page', '[start](../README.md)', '[start](../index.md)'],
    ['to a folder with a list lead to it', '[all](list)', '[all](list/index.md)'],
    ['to another file become its name', '[the file](../infra/x.yaml)', 'the file (`infra/x.yaml`)'],
    ['whose label is the name keep it', '[`infra/x.yaml`](../infra/x.yaml)', '`infra/x.yaml`'],
    ['to the web stay', '[web](https://example.org/a.md)', '[web](https://example.org/a.md)'],
    ['in code stay', '```\n[a](../infra/x.yaml)\n```', '```\n[a](../infra/x.yaml)\n```'],
    ['of pictures stay', '![a](drawings/a.svg)', '![a](drawings/a.svg)'],
  ])('%s', (_, before, after) => {
    expect(linked('docs/page.md', before, isPage)).toBe(after)
  })

  it('that lead nowhere are found, by page and by anchor', () => {
    expect(deadLinks('index.md', pages)).toEqual([])
    expect(deadLinks('docs/a.md', pages)).toEqual([])
    expect(deadLinks('docs/b.md', pages)).toEqual(['../index.md#nothing'])
    expect(deadLinks('docs/a.md', new Map([...pages].slice(0, 2)))).toEqual(['b.md'])
  })
})

describe('anchors', () => {
  it.each([
    ['Two words', 'two-words'],
    ['token.stale', 'tokenstale'],
    ['Break-glass: `open`', 'break-glass-open'],
    ['See [a page](a.md)', 'see-a-page'],
  ])('of %s is %s', (heading, anchor) => {
    expect(anchorOf(heading)).toBe(anchor)
  })

  it('are of headings alone, not of comments in code', () => {
    expect(anchorsOf(pages.get('docs/a.md') ?? '')).toEqual(['a', 'two-words'])
  })

  it('of the same heading have a number, and HTML can name others', () => {
    const page = '# A\n\n## A\n\n### A\n\n| <a id="b"></a> x |\n'
    expect(anchorsOf(page)).toEqual(['a', 'a-1', 'a-2', 'b'])
  })
})
