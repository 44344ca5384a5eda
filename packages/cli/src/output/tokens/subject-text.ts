import type { ChangeJson, SubjectStateJson, SubjectViewJson } from '@freshet/insight/answers'
import { operationOf } from '../changes/operation.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { subjectStateText } from './subject-state-text.ts'

const CHANGE_COLUMNS: readonly TableColumn[] = [
  { heading: 'CHANGE' },
  { heading: 'SOURCE', rank: 2 },
  { heading: 'WHAT', kind: 'free' },
  { heading: 'OUTCOME', kind: 'status' },
  { heading: 'TOKENS MARKED', align: 'right', rank: 1 },
  { heading: 'RECORDED', kind: 'time' },
]
const TOKEN_COLUMNS: readonly TableColumn[] = [
  { heading: 'TOKEN' },
  { heading: 'AUDIENCE' },
  { heading: 'CLIENT', rank: 2 },
  { heading: 'CLAIMS', kind: 'free', rank: 3 },
  { heading: 'JUDGED BY', rank: 4 },
  { heading: 'EXPIRES', kind: 'time', rank: 1 },
  { heading: 'MARKED STALE', kind: 'free' },
]

/** The answers about a subject. Consoles of earlier versions do not send its state. */
export interface ShownSubject extends SubjectViewJson {
  readonly state?: SubjectStateJson
}

/** A subject's claims now, its recent changes and its outstanding tokens, as tables. */
export function subjectText(
  { state, changes, tokens }: ShownSubject,
  view: View = PLAIN_VIEW,
): string {
  const parts = [changesText(changes, view), tokensText(tokens, view)]
  return (state === undefined ? parts : [subjectStateText(state, view), ...parts]).join('\n\n')
}

function changesText(changes: readonly ChangeJson[], view: View): string {
  if (changes.length === 0) return 'no changes'
  return tableOf(
    CHANGE_COLUMNS,
    changes.map(({ id, source, outcome, tokensMarked, recordedAt, ...each }) => {
      const what = operationOf(each)
      return [id, source, what, outcome, String(tokensMarked), recordedAt]
    }),
    view,
  )
}

function tokensText(tokens: SubjectViewJson['tokens'], view: View): string {
  if (tokens.length === 0) return 'no outstanding tokens'
  return tableOf(
    TOKEN_COLUMNS,
    tokens.map(({ jti, issuer, basis, audience, client, claims, expiresAt, stale }) => {
      const judged = issuer === undefined ? 'position' : `${basis ?? 'time'}, of ${issuer}`
      const mark = stale === null ? '-' : `${stale.reason} by ${stale.change}`
      return [jti, audience, client, claims.join(' '), judged, expiresAt, mark]
    }),
    view,
  )
}
