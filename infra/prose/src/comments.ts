import { passagesIn, type Passage } from './passage.ts'
import type { Token } from './source-tokens.ts'

/** Comments that are orders to a tool. */
const DIRECTIVE =
  /^(?:\/[/*]+)\s*(?:eslint|oxlint|oxfmt|prettier|@ts-|c8 |v8 |vite|@vite|[@#]__|\/?<reference)/
const TAG = /^\s*@\w/

/** The prose of the comments among these tokens. Line comments that follow each other are one text. */
export function passagesOfComments(tokens: readonly Token[]): readonly Passage[] {
  const found: Passage[] = []
  let open: { line: number; lines: string[] } | null = null
  const close = (): void => {
    if (open !== null) found.push(...passagesIn(open.lines, open.line))
    open = null
  }
  for (const { kind, text, line } of tokens) {
    if (kind === 'comment' && !DIRECTIVE.test(text)) {
      const isNext = open !== null && open.line + open.lines.length === line
      if (!isNext || !text.startsWith('//')) close()
      open ??= { line, lines: [] }
      open.lines.push(...linesOf(text))
      if (!text.startsWith('//')) close()
    } else close()
  }
  close()
  return found
}

/** The lines of a comment without its stars; what a tag such as `@throws` begins is left out. */
function linesOf(comment: string): readonly string[] {
  if (comment.startsWith('//')) return [comment.replace(/^\/\/+ ?/, '')]
  const lines = comment
    .slice('/*'.length, -'*/'.length)
    .split('\n')
    .map((line) => line.replace(/^\s*\*+ ?/, ''))
  const tag = lines.findIndex((line) => TAG.test(line))
  return tag === -1 ? lines : lines.slice(0, tag)
}
