import { printable } from './printable.ts'

const GAP = '  '

/** A column: its heading, and on which side its cells stand. */
export interface TableColumn {
  readonly heading: string
  readonly align?: 'left' | 'right'
}

/** Rows in aligned columns under headings, without borders. Every row has a cell per column. */
export function tableOf(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const cells = rows.map((row) => row.map(printable))
  const widths = columns.map(({ heading }, at) =>
    Math.max(heading.length, ...cells.map((row) => row[at]?.length ?? 0)),
  )
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, at) => {
        const width = widths[at] ?? 0
        return columns[at]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join(GAP)
      .trimEnd()
  return [lineOf(columns.map(({ heading }) => heading)), ...cells.map(lineOf)].join('\n')
}
