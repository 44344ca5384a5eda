import type { ComponentChildren, JSX } from 'preact'

/** A column: its heading, and what stands in it. */
export interface Column<T> {
  readonly name: string
  readonly cell: (row: T) => ComponentChildren
  /** Figures stand to the right, digit below digit. */
  readonly isFigure?: boolean
  /** A moment stands on one line. */
  readonly isTime?: boolean
  /** Sentences are not squeezed into narrow columns. */
  readonly isText?: boolean
  /** Names the row on a narrow card. Default: the first column. */
  readonly isLead?: boolean
}

interface Props<T> {
  readonly caption: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** The text of an empty table: that there is nothing, and since when or why. */
  readonly empty: string
}

/** The columns by which a reader of a narrow card judges the row. */
const VERDICTS: ReadonlySet<string> = new Set(['Status', 'State', 'Verdict', 'Affected'])

/**
 * Rows under headings. On a narrow screen each row is a card: the verdict and the name on its first line, the
 * rest with their names below. The roles keep it a table for screen readers.
 */
export function Table<T>({ caption, columns, rows, keyOf, empty }: Props<T>): JSX.Element {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  const lead = columns.find(({ isLead }) => isLead) ?? columns[0]
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table role="table" class="rows">
        <caption class="hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, isFigure }) => (
              <th
                key={name}
                scope="col"
                role="columnheader"
                class={isFigure ? 'figure' : undefined}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column) => (
                <td
                  key={column.name}
                  role="cell"
                  data-name={column.name}
                  class={classOf(column, column === lead)}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function classOf<T>(column: Column<T>, isLead: boolean): string | undefined {
  const { name, isFigure, isTime, isText } = column
  const words = [
    isFigure && 'figure',
    isTime && 'moment',
    isText && 'sentence',
    VERDICTS.has(name) ? 'verdict' : isLead && 'lead',
  ].filter(Boolean)
  return words.length === 0 ? undefined : words.join(' ')
}
