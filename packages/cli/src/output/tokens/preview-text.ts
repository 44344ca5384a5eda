import type { TokenPreviewJson } from '@freshet/insight/answers'
import { ageText, withoutFraction } from '../age.ts'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import type { View } from '../view.ts'

type Claim = TokenPreviewJson['claims'][number]

const COLUMNS: readonly TableColumn[] = [
  { heading: 'CLAIM' },
  { heading: 'VALUES', kind: 'free' },
  { heading: 'IN TOKEN' },
  { heading: 'STATUS', kind: 'status' },
  { heading: 'REASON', kind: 'free' },
]

/** The token that would be minted: first the outcome in one sentence, then its claims. */
export function previewText(preview: TokenPreviewJson, view: View): string {
  const rows = preview.claims.map((claim) => [
    claim.claim,
    valuesText(claim),
    claim.isCarried ? 'yes' : 'no',
    claim.status,
    reasonText(claim),
  ])
  return [outcomeText(preview, view), '', tableOf(COLUMNS, rows, view)].join('\n')
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
