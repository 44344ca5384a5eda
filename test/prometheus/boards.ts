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
    readonly description: string
    readonly datasource: { readonly uid: string }
    readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
    readonly targets: readonly {
      readonly expr: string
      readonly datasource: { readonly uid: string }
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
  .map((file) => ({
    file,
    board: JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Board,
  }))

/** Returns every query of a board, with Grafana's values for its variables. */
export function queriesOf({ panels, annotations }: Board): readonly string[] {
  const all = [...panels.flatMap(({ targets }) => targets), ...annotations.list]
  return all.map(({ expr }) =>
    expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(class|stage|edge)\b/g, '.*'),
  )
}
