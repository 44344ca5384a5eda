/** Text that belongs together: a paragraph, an item of a list, a cell of a table, a help text. */
export interface Passage {
  /** The line on which it begins, from 1. Each line break inside of it is one line of the file. */
  readonly line: number
  readonly text: string
  /** A cell of a table is rarely a sentence, so not every rule counts for it. */
  readonly isCell?: true
}

const FENCE = /^\s*(?:```|~~~)/
const HEADING = /^\s*#{1,6} /
const BULLET = /^\s*(?:[-*+]|\d+\.) +/
const QUOTE = /^\s*> ?/
const ROW = /^\s*\|/
const DIVIDER = /^\s*\|[\s|:-]+$/
const DRAWING = /[─│▶◀┌└├┐┘▼▲═║]|──|-->/

/**
 * Splits lines of Markdown, or of a comment, into passages. Code, headings, drawings and the first row of a
 * table are left out, because they are no sentences.
 */
export function passagesIn(lines: readonly string[], firstLine: number): readonly Passage[] {
  const found: Passage[] = []
  let open: { line: number; lines: string[] } | null = null
  const close = (): void => {
    if (open !== null) found.push({ line: open.line, text: open.lines.join('\n') })
    open = null
  }
  const isCode = codeLines(lines)
  lines.forEach((text, index) => {
    const line = firstLine + index
    if (isCode[index] === true || text.trim() === '' || HEADING.test(text) || DRAWING.test(text))
      return close()
    if (ROW.test(text)) {
      close()
      if (!DIVIDER.test(text) && !DIVIDER.test(lines[index + 1] ?? ''))
        found.push(...cellsOf(text, line))
      return undefined
    }
    if (BULLET.test(text)) close()
    open ??= { line, lines: [] }
    open.lines.push(text.replace(QUOTE, '').replace(BULLET, ''))
    return undefined
  })
  close()
  return found
}

/** For each line whether it is in a fence of code, or in a comment of HTML. */
function codeLines(lines: readonly string[]): readonly boolean[] {
  let isInside = false
  return lines.map((line) => {
    if (/^\s*<!--.*-->\s*$/.test(line)) return true
    if (!FENCE.test(line)) return isInside
    isInside = !isInside
    return true
  })
}

function cellsOf(row: string, line: number): readonly Passage[] {
  return row
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .map((text) => ({ line, text, isCell: true }))
}
