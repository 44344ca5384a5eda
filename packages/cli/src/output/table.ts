import { ageText, withoutFraction } from './age.ts'
import { printable } from './printable.ts'
import { PLAIN_VIEW, type View, type Colors } from './view.ts'

const GAP = '  '
/** The characters that a shortened cell keeps at least. */
const SHORT_MIN = 12

/** A column of a table. */
export interface TableColumn {
  readonly heading: string
  readonly align?: 'left' | 'right'
  /** `status` is coloured, `time` becomes an age on a terminal, and `free` is shortened where the table is too wide. */
  readonly kind?: 'status' | 'time' | 'free'
  /** A table that is too wide leaves out its column with the highest rank. A column without a rank stays. */
  readonly rank?: number
}

/** A column with the text of its cell. */
export interface Column<Row> extends TableColumn {
  readonly of: (row: Row) => string
}

/** A row for each record, in the columns that are declared for it. */
export function listOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  view: View = PLAIN_VIEW,
): string {
  const cells = rows.map((row) => columns.map(({ of }) => of(row)))
  return tableOf(columns, cells, view)
}

/** Rows in aligned columns under headings, without borders. Every row has a cell per column. */
export function tableOf(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  view: View = PLAIN_VIEW,
): string {
  const cells = rows.map((row) => row.map((cell, at) => cellText(cell, columns[at], view)))
  const wanted = columns.map(({ heading }, at) =>
    Math.max(view.hasHeadings ? heading.length : 0, ...cells.map((row) => row[at]?.length ?? 0)),
  )
  const shown = columnsThatFit(columns, wanted, view.columns)
  const widths = shortened(columns, wanted, { shown, limit: view.columns })
  const lineOf = (row: readonly string[], paints: boolean): string =>
    shown
      .map((at) => {
        const text = cut(row[at] ?? '', widths[at] ?? 0)
        const width = widths[at] ?? 0
        const isRight = columns[at]?.align === 'right'
        const cell = isRight ? text.padStart(width) : text.padEnd(width)
        const isPainted = paints && columns[at]?.kind === 'status'
        return isPainted ? paintStatus(cell, text, view.colors) : cell
      })
      .join(GAP)
      .trimEnd()
  const headings = columns.map(({ heading }) => heading)
  const head = view.hasHeadings ? [lineOf(headings, false)] : []
  return [...head, ...cells.map((row) => lineOf(row, true))].join('\n')
}

function cellText(cell: string, column: TableColumn | undefined, view: View): string {
  if (column?.kind !== 'time') return printable(cell)
  if (view.nowMs !== undefined) return printable(ageText(cell, view.nowMs))
  return printable(Number.isFinite(view.columns) ? withoutFraction(cell) : cell)
}

/** Returns the places of the columns that stay. */
function columnsThatFit(
  columns: readonly TableColumn[],
  widths: readonly number[],
  limit: number,
): readonly number[] {
  let shown = columns.map((_, at) => at)
  const rankOf = (at: number): number => columns[at]?.rank ?? 0
  while (lineWidth(shown, widths) > limit) {
    const worst = shown.toSorted((a, b) => rankOf(b) - rankOf(a))[0]
    if (worst === undefined || rankOf(worst) === 0) break
    shown = shown.filter((at) => at !== worst)
  }
  return shown
}

/** Takes the rest of the excess from the free columns, the last one first. */
function shortened(
  columns: readonly TableColumn[],
  widths: readonly number[],
  { shown, limit }: { readonly shown: readonly number[]; readonly limit: number },
): readonly number[] {
  const result = [...widths]
  for (const at of shown.toReversed()) {
    const width = result[at] ?? 0
    const excess = lineWidth(shown, result) - limit
    if (columns[at]?.kind !== 'free' || excess <= 0) continue
    result[at] = Math.min(width, Math.max(SHORT_MIN, width - excess))
  }
  return result
}

function lineWidth(shown: readonly number[], widths: readonly number[]): number {
  const cells = shown.reduce((sum, at) => sum + (widths[at] ?? 0), 0)
  return cells + GAP.length * Math.max(0, shown.length - 1)
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

type Paint = 'green' | 'yellow' | 'red' | 'dim'

const WORDS: Readonly<Record<Paint, string>> = {
  green:
    'live verified synced ready applied active current done fresh signing met allow replayed used',
  yellow:
    'lagging starting ending pending published waiting open replaying held late retiring burning unverified contradicted not-ready challenge next',
  red: 'stale disconnected silent hole halted unheard no-answer breached spent quarantined doubtful doubt deny revoked conflict',
  dim: 'closed noop recorded retired dropped no-data -',
}

const PAINTS = new Map(
  Object.entries(WORDS).flatMap(([paint, words]) =>
    words.split(' ').map((word) => [word, paint as Paint] as const),
  ),
)
/** The worst state of a cell with several decides its colour. */
const WORST_FIRST: readonly Paint[] = ['red', 'yellow', 'green', 'dim']

/** Colours the states in a cell, like `synced` or `synced, conflict`. Another text keeps its colour. */
export function paintStatus(cell: string, words: string, colors: Colors): string {
  const paints = words.split(', ').map((word) => PAINTS.get(word.replace(' ', '-')))
  const worst = WORST_FIRST.find((paint) => paints.includes(paint))
  return worst === undefined ? cell : colors[worst](cell)
}
