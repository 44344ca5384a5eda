import type { RegistryAnswer } from '../http/console-answers.ts'
import { printable } from './printable.ts'
import { tableOf } from './table.ts'

const HEADINGS = ['CLAIM', 'SOURCE', 'OWNER', 'KIND', 'LIFE', 'UNVERIFIED', 'AUDIENCES']

/** Who owns each claim, where its truth lives and who receives it. */
export function registryText(answer: RegistryAnswer): string {
  const { version, account, cutOffs, claims } = answer
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
  return [`policy version ${version}; ${others}`, ...historyOf(answer), '', table].join('\n')
}

function historyOf({ published, ordered }: RegistryAnswer): readonly string[] {
  return [
    ...(published ? [`published by ${published.by} at ${published.at}`] : []),
    ...(ordered
      ? [
          `activated by ${ordered.by} at ${ordered.at}, minimum ${ordered.minimum}: ${ordered.reason}`,
        ]
      : []),
  ].map(printable)
}
