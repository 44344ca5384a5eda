import type { ChangeJson, SubjectViewJson } from '@freshet/insight/answers'
import { tableOf } from '../table.ts'

/** A subject's recent changes and outstanding tokens, as two tables. */
export function subjectText({ changes, tokens }: SubjectViewJson): string {
  return [changesText(changes), tokensText(tokens)].join('\n\n')
}

function changesText(changes: readonly ChangeJson[]): string {
  if (changes.length === 0) return 'no changes'
  const headings = ['CHANGE', 'SOURCE', 'WHAT', 'OUTCOME', 'TOKENS MARKED', 'RECORDED']
  return tableOf(
    headings.map((heading) => ({ heading })),
    changes.map(({ id, source, kind, op, claim, outcome, tokensMarked, recordedAt }) => {
      const what = [op ?? kind, claim].filter(Boolean).join(' ')
      return [id, source, what, outcome, String(tokensMarked), recordedAt]
    }),
  )
}

function tokensText(tokens: SubjectViewJson['tokens']): string {
  if (tokens.length === 0) return 'no outstanding tokens'
  const headings = ['TOKEN', 'AUDIENCE', 'CLIENT', 'CLAIMS', 'JUDGED BY', 'EXPIRES', 'MARKED STALE']
  return tableOf(
    headings.map((heading) => ({ heading })),
    tokens.map(({ jti, issuer, basis, audience, client, claims, expiresAt, stale }) => {
      const judged = issuer === undefined ? 'position' : `${basis ?? 'time'}, of ${issuer}`
      const mark = stale === null ? '-' : `${stale.reason} by ${stale.change}`
      return [jti, audience, client, claims.join(' '), judged, expiresAt, mark]
    }),
  )
}
