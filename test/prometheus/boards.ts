import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Root of the repository. */
export const ROOT: string = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'infra/grafana')

/** The members of a board that tests read. */
export interface Board {
  readonly uid: string
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly type: string
    readonly description: string
    readonly datasource: { readonly uid: string }
    readonly fieldConfig: { readonly defaults: { readonly unit: string } }
    readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
    readonly targets: readonly {
      readonly expr: string
      /** Without one, Grafana asks that of the panel. */
      readonly datasource?: { readonly uid: string }
    }[]
  }[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[]
  }
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
}

/** Every board in its file. */
export const boards: readonly { readonly file: string; readonly board: Board }[] = readdirSync(
  FOLDER,
)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({ file, board: withoutRows(boardIn(file)) }))

/** Returns the board of a file with its rows, whose heads are panels too. */
export function boardIn(file: string): Board {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Board
}

/** Returns a board without the heads of its rows. */
function withoutRows(board: Board): Board {
  return { ...board, panels: board.panels.filter(({ type }) => type !== 'row') }
}

/** Returns every query of a board. */
export function queriesAsWritten({ panels, annotations }: Board): readonly string[] {
  return [...panels.flatMap(({ targets }) => targets), ...annotations.list].map(({ expr }) => expr)
}

/** Returns every query of a board, with Grafana's values for its variables. */
export function queriesOf(board: Board): readonly string[] {
  return queriesAsWritten(board).map((expr) =>
    expr
      .replaceAll('$__rate_interval', '5m')
      .replaceAll(/\$(class|stage|edge|cluster|objective)\b/g, '.*'),
  )
}
