import type { ListedKey } from '../../keys/list-keys.ts'
import { momentOf } from '../moment.ts'
import { tableOf } from '../table.ts'

/** Keys as a table. */
export function keysText(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'no keys'
  const headings = ['KID', 'ALG', 'HALF', 'STATE', 'WHEN', 'FILE', 'NOTE']
  return tableOf(
    headings.map((heading) => ({ heading })),
    keys.map((key) => [
      key.kid,
      key.alg,
      key.half,
      key.state ?? '',
      whenOf(key),
      key.file,
      key.exposed ? 'others may read it: chmod 600' : '',
    ]),
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
