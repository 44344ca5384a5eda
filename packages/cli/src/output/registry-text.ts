import type { RegistryAnswer } from '../http/console-answers.ts'
import { tableOf } from './table.ts'

const HEADINGS = ['CLAIM', 'SOURCE', 'OWNER', 'KIND', 'LIFE', 'UNVERIFIED', 'AUDIENCES']

/** Who owns each claim, where its truth lives and who receives it. */
export function registryText({ version, account, cutOffs, claims }: RegistryAnswer): string {
  const rows = claims.map(({ claim, source, owner, kind, maxTtlMs, onUnverified, audiences }) => [
    claim,
    source,
    owner,
    kind,
    `${maxTtlMs / 60_000} min`,
    onUnverified,
    audiences.join(' ') || '-',
  ])
  const others = `accounts: ${account}; cut-offs: ${cutOffs.join(' ') || '-'}`
  const table = tableOf(
    HEADINGS.map((heading) => ({ heading })),
    rows,
  )
  return `policy version ${version}; ${others}\n\n${table}`
}
