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
}

interface Props<T> {
  readonly caption: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** The text of an empty table: that there is nothing, and since when or why. */
  readonly empty: string
}

/** Rows under headings; on a narrow screen it scrolls by itself, and not the page. */
export function Table<T>({ caption, columns, rows, keyOf, empty }: Props<T>): JSX.Element {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isFigure }) => (
              <th key={name} scope="col" class={isFigure ? 'figure' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.name} class={classOf(column)}>
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

function classOf<T>({ isFigure, isTime, isText }: Column<T>): string | undefined {
  if (isFigure) return 'figure'
  if (isTime) return 'moment'
  return isText ? 'sentence' : undefined
}
