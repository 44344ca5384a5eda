import { describe, expect, it } from 'vitest'
import { tokensIn } from './source-tokens.ts'

const kindsOf = (source: string): readonly string[] =>
  tokensIn(source).map(({ kind, text, line }) => `${line} ${kind} ${text}`)

describe('tokens of a source', () => {
  it('are comments, strings, names and marks, each with its line', () => {
    expect(kindsOf(`// one\nf('two')\n/** three\n */ x`)).toEqual([
      '1 comment // one',
      '2 word f',
      '2 mark (',
      '2 string two',
      '2 mark )',
      '3 comment /** three\n */',
      '4 word x',
    ])
  })

  it('take no comment from a string, a template or a pattern', () => {
    const sources = [
      `'http://a.example'`,
      '`a // b`',
      String.raw`/\/\/ no/.test(x)`,
      `/[/*]/.exec(x)`,
    ]
    for (const source of sources)
      expect(tokensIn(source).filter(({ kind }) => kind === 'comment')).toEqual([])
  })

  it('control: the same slashes in code are a comment', () => {
    expect(kindsOf('a / b // no')).toEqual(['1 word a', '1 mark /', '1 word b', '1 comment // no'])
  })

  it('take what a template computes for code, with templates and braces inside of it', () => {
    expect(kindsOf('f(`a ${g({ b: `}` })} c`)')).toContain('1 string a `x` c')
  })

  it('go on behind a quote that its line does not close, as in the text of an element', () => {
    expect(kindsOf(`<p>it isn't</p>\n'next'`).at(-1)).toBe('2 string next')
  })

  it('take a backslash before a quote for part of the string', () => {
    expect(kindsOf(String.raw`'it\'s'`)).toEqual([`1 string it's`])
  })
})
