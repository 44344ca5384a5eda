import type { NamedContext } from '../../contexts/context-file.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { printable } from '../printable.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

/** A context with its name. */
export interface ListedContext extends NamedContext {
  readonly name: string
  readonly current: boolean
}

/** The addresses of one installation, and what names it. */
export interface ChosenInstallation extends Partial<
  Record<keyof NamedContext, string | undefined>
> {
  readonly name?: string
  readonly namedBy?: string
}

/** Characters of the longest label, and a gap. */
const WIDTH = 12

const COLUMNS: readonly TableColumn[] = [
  { heading: '' },
  { heading: 'NAME' },
  { heading: 'URL' },
  { heading: 'TOKEN FILE', rank: 1 },
  { heading: 'GATEWAY', rank: 2 },
  { heading: 'ISSUER', rank: 3 },
  { heading: 'SIDECAR', rank: 4 },
]

/** The contexts as a table; a star marks the current one. */
export function contextsText(items: readonly ListedContext[], view: View = PLAIN_VIEW): string {
  if (items.length === 0) return 'no contexts: add one by freshet context set NAME --url URL'
  const rows = items.map(({ name, current, url, tokenFile, gateway, issuer, sidecar }) => {
    const others = [tokenFile, gateway, issuer, sidecar].map((text) => text ?? '-')
    return [current ? '*' : '', name, url, ...others]
  })
  return tableOf(COLUMNS, rows, view)
}

/** One installation: a line for each address that is known. */
export function installationText(installation: ChosenInstallation): string {
  const { name, namedBy, url, gateway, issuer, sidecar, tokenFile } = installation
  const rows = { name, 'named by': namedBy, console: url, gateway, issuer, sidecar }
  return Object.entries({ ...rows, 'token file': tokenFile })
    .flatMap(([word, text]) =>
      text === undefined ? [] : [`${word.padEnd(WIDTH)}${printable(text)}`],
    )
    .join('\n')
}
