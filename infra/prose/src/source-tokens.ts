/** One token of a TypeScript or JavaScript text. White space is left out. */
export interface Token {
  readonly kind: 'comment' | 'string' | 'word' | 'mark'
  /** A comment with its delimiters; the content of a string; else the characters themselves. */
  readonly text: string
  /** The line on which it begins, from 1. */
  readonly line: number
}

/** A token and the place behind it. */
interface Read {
  readonly token: Pick<Token, 'kind' | 'text'> | null
  readonly end: number
}

const SPACE = /\s+/y
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const QUOTED = /'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/y
const PATTERN = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const WORD = /[\p{L}\p{N}_$#@]+/uy
/** A slash behind one of these names begins a pattern; behind any other name it divides. */
const BEFORE_PATTERN = /^(?:return|typeof|case|in|of|void|delete|throw|new|else|await|yield|do)$/
/** A slash behind one of these divides, or ends an element of JSX. */
const BEFORE_DIVISION = new Set([')', ']', '}', '<'])
/** Stands for an expression inside a template; the next step takes it for code. */
const EXPRESSION = '`x`'

/**
 * Splits a source text into tokens. It knows comments, strings, templates and patterns, which is all that
 * finding prose needs. It does not check the text: a quote that its line does not close is a mark.
 */
export function tokensIn(source: string): readonly Token[] {
  const tokens: Token[] = []
  let line = 1
  let at = 0
  while (at < source.length) {
    const { token, end } = readToken(source, at, tokens.at(-1))
    if (token !== null) tokens.push({ ...token, line })
    line += lineBreaks(source, at, end)
    at = end
  }
  return tokens
}

function readToken(source: string, at: number, before: Read['token'] | undefined): Read {
  const space = match(SPACE, source, at)
  if (space !== null) return { token: null, end: at + space[0].length }
  const comment = match(COMMENT, source, at)
  if (comment !== null) return read('comment', comment[0], at + comment[0].length)
  if (source[at] === '`') return readTemplate(source, at)
  const quoted = match(QUOTED, source, at)
  if (quoted !== null) {
    const content = quoted[1] ?? quoted[2] ?? ''
    return read('string', content.replaceAll(/\\(.)/g, '$1'), at + quoted[0].length)
  }
  const pattern = canBeginPattern(before) ? match(PATTERN, source, at) : null
  if (pattern !== null) return read('mark', '/', at + pattern[0].length)
  const word = match(WORD, source, at)
  if (word !== null) return read('word', word[0], at + word[0].length)
  return read('mark', source[at] ?? '', at + 1)
}

/** A template is one string, in which each expression is a piece of code. */
function readTemplate(source: string, begin: number): Read {
  let content = ''
  let at = begin + 1
  while (at < source.length && source[at] !== '`') {
    if (source[at] === '\\') {
      content += source[at + 1] ?? ''
      at += 2
    } else if (source.startsWith('${', at)) {
      content += EXPRESSION
      at = endOfExpression(source, at + 2)
    } else {
      content += source[at] ?? ''
      at += 1
    }
  }
  return read('string', content, at + 1)
}

function endOfExpression(source: string, begin: number): number {
  let depth = 1
  let at = begin
  let before: Read['token'] | undefined
  while (at < source.length && depth > 0) {
    const { token, end } = readToken(source, at, before)
    if (token?.kind === 'mark' && token.text === '{') depth += 1
    if (token?.kind === 'mark' && token.text === '}') depth -= 1
    before = token ?? before
    at = end
  }
  return at
}

function canBeginPattern(before: Read['token'] | undefined): boolean {
  if (before === undefined || before === null || before.kind === 'comment') return true
  if (before.kind === 'word') return BEFORE_PATTERN.test(before.text)
  return before.kind === 'mark' && !BEFORE_DIVISION.has(before.text)
}

function read(kind: Token['kind'], text: string, end: number): Read {
  return { token: { kind, text }, end }
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(source)
}

function lineBreaks(source: string, begin: number, end: number): number {
  let count = 0
  for (let at = begin; at < end; at += 1) if (source[at] === '\n') count += 1
  return count
}
