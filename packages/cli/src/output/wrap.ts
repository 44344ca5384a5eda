/** Characters by which the rest of a broken line is indented. */
const HANGING = 4
// oxlint-disable-next-line no-control-regex
const COLOUR = /\u001b\[\d+m/g

/** Breaks each line that is longer than this at spaces. The rest is indented. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n')
}

function wrapLine(line: string, columns: number): readonly string[] {
  if (lengthOf(line) <= columns) return [line]
  const [lead = ''] = /^ */.exec(line) ?? []
  const rest = `${lead}${' '.repeat(HANGING)}`
  const lines: string[] = []
  let current = lead
  for (const part of line.trimStart().split(' ')) {
    const isEmpty = current.trim() === ''
    const next = isEmpty ? `${current}${part}` : `${current} ${part}`
    if (isEmpty || lengthOf(next) <= columns) current = next
    else {
      lines.push(current)
      current = `${rest}${part}`
    }
  }
  return [...lines, current]
}

function lengthOf(text: string): number {
  return text.replaceAll(COLOUR, '').length
}
