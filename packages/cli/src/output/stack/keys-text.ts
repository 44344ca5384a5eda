import type { ListedKey } from '../../keys/list-keys.ts'
import { momentOf } from '../moment.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'KID' },
  { heading: 'ALG', rank: 3 },
  { heading: 'HALF', rank: 2 },
  { heading: 'STATE', kind: 'status' },
  { heading: 'WHEN' },
  { heading: 'FILE', rank: 1 },
  { heading: 'NOTE' },
]

/** Keys as a table. */
export function keysText(keys: readonly ListedKey[], view: View = PLAIN_VIEW): string {
  if (keys.length === 0) return 'no keys'
  return tableOf(
    COLUMNS,
    keys.map((key) => [
      key.kid,
      key.alg,
      key.half,
      key.state ?? '',
      whenOf(key),
      key.file,
      key.exposed ? 'exposed: chmod 600' : '',
    ]),
    view,
  )
}

function whenOf({ state, times }: ListedKey): string {
  const at = (word: string, ms: number | undefined): string =>
    ms === undefined ? '' : `${word} ${momentOf(ms)}`
  if (state === undefined) return ''
  switch (state) {
    case 'next':
      return times.signsFromMs === undefined
        ? 'waits for a rotation'
        : at('signs from', times.signsFromMs)
    case 'signing':
      return at('since', times.signsFromMs)
    case 'retiring':
      return at('published until', times.publishedUntilMs)
    case 'retired':
      return at('since', times.publishedUntilMs)
    case 'revoked':
      return at('since', times.revokedMs)
  }
}
