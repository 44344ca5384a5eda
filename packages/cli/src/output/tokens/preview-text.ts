import type { TokenPreviewJson } from '@freshet/insight/answers'
import { ageText, withoutFraction } from '../age.ts'
import { printable } from '../printable.ts'
import { listOf, type Column } from '../table.ts'
import type { View } from '../view.ts'

type Claim = TokenPreviewJson['claims'][number]

const COLUMNS: readonly Column<Claim>[] = [
  { heading: 'CLAIM', of: ({ claim }) => claim },
  { heading: 'VALUES', of: valuesText, kind: 'free' },
  { heading: 'IN TOKEN', of: ({ isCarried }) => (isCarried ? 'yes' : 'no') },
  { heading: 'STATUS', of: ({ status }) => status, kind: 'status' },
  { heading: 'REASON', of: reasonText, kind: 'free' },
]

/** The token that would be minted: first the outcome in one sentence, then its claims. */
export function previewText(preview: TokenPreviewJson, view: View): string {
  return [outcomeText(preview, view), '', listOf(COLUMNS, preview.claims, view)].join('\n')
}

function outcomeText(preview: TokenPreviewJson, { nowMs, colors }: View): string {
  const { audience, policyVersion, expiresAt, refusal } = preview
  if (refusal !== null)
    return `${colors.red('WOULD BE REFUSED')}${printable(` for ${audience}: ${refusal.detail} (${refusal.code})`)}`
  const end = expiresAt ?? '-'
  const time = nowMs === undefined ? withoutFraction(end) : ageText(end, nowMs)
  const until = nowMs === undefined ? `until ${time}` : `expires ${time}`
  return `${colors.green('WOULD BE MINTED')}${printable(` for ${audience} by policy version ${policyVersion}, ${until}; none issued`)}`
}

function valuesText({ values, count }: Claim): string {
  return count === 0 || values === null ? '-' : values.map(String).join(', ')
}

function reasonText({ omitted, silentSource, status }: Claim): string {
  if (omitted === 'over') return 'too large'
  if (silentSource !== undefined) return `${silentSource} is silent`
  return status === 'doubt' ? 'in doubt' : '-'
}
