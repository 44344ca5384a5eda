const FENCE = /^\s*(?:```|~~~)/
const ROW = /^(\s*)\|(.*)\|\s*$/
const SEPARATOR = /^(:?)-+(:?)$/

/**
 * Returns a page of Markdown whose tables have one space around each cell. A cell of the line below the head has
 * three characters. Code in fences stays as it is.
 *
 * The formatter pads each cell to the width of its column. With such padding one longer cell changes every row of
 * its table, and wide tables are mostly spaces.
 */
export function withoutPadding(page: string): string {
  let isCode = false
  let rows = 0
  const lines = page.split('\n').map((line) => {
    const isFence = FENCE.test(line)
    if (isFence) isCode = !isCode
    const isRow = !isFence && !isCode && ROW.test(line)
    rows = isRow ? rows + 1 : 0
    return isRow ? rowWithoutPadding(line, rows === 2) : line
  })
  return lines.join('\n')
}

function rowWithoutPadding(line: string, isBelowHead: boolean): string {
  const [, indent = '', row = ''] = ROW.exec(line) ?? []
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim())
  const written = isBelowHead ? cells.map((cell) => cell.replace(SEPARATOR, shortSeparator)) : cells
  return `${indent}| ${written.join(' | ')} |`
}

/** The colons give the alignment of a column, and remain. */
function shortSeparator(_cell: string, left: string, right: string): string {
  return `${left || '-'}-${right || '-'}`
}
