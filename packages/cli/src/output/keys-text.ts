import type { ListedKey } from '../commands/key-pairs.ts'
import { tableOf } from './table.ts'

/** Keys as a table. */
export function keysText(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'no keys'
  const headings = ['KID', 'ALG', 'HALF', 'FILE', 'NOTE']
  return tableOf(
    headings.map((heading) => ({ heading })),
    keys.map(({ kid, alg, half, file, exposed }) => [
      kid,
      alg,
      half,
      file,
      exposed ? 'others may read it: chmod 600' : '',
    ]),
  )
}
