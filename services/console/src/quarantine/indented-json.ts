/** Deeper levels get no further indentation: the text of a hostile document stays small. */
const LEVELS_MAX = 16
/** The tokens of JSON; the space between them is dropped. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g

/**
 * Returns JSON with a line for each member; `undefined` for a text that is no JSON object or array. Every token stays
 * as it came: a repeated member and a large number are shown, and not read.
 */
export function indentedJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) return undefined
  let level = 0
  let indented = ''
  let before = ''
  for (const token of text.match(TOKEN) ?? []) {
    const isEnd = token === ']' || token === '}'
    const isEmpty = isEnd && (before === '[' || before === '{')
    if (isEnd) level -= 1
    if ((isEnd && !isEmpty) || (!isEnd && (before === '[' || before === '{' || before === ',')))
      indented += lineAt(level)
    indented += token === ':' ? ': ' : token
    if (token === '[' || token === '{') level += 1
    before = token
  }
  return indented
}

function lineAt(level: number): string {
  return `\n${'  '.repeat(Math.min(level, LEVELS_MAX))}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
