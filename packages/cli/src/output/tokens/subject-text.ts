import type {
  ChangeJson,
  SubjectStateJson,
  SubjectViewJson,
  ClaimOfSubjectJson,
} from '@freshet/insight/answers'
import { operationOf } from '../changes/operation.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { ageText, withoutFraction } from '../age.ts'

type Statement = ClaimOfSubjectJson['statements'][number]

const COLUMNS: readonly TableColumn[] = [
  { heading: 'CLAIM' },
  { heading: 'VALUES', kind: 'free' },
  { heading: 'SOURCE' },
  { heading: 'AS OF', kind: 'time' },
  { heading: 'STATUS', kind: 'status' },
]

/** The claims of a subject now, under the state of its account. */
function subjectStateText({ account, claims }: SubjectStateJson, view: View): string {
  const rows = claims.flatMap((claim) => [rowOf(claim), ...differencesOf(claim)])
  const silent = new Set(claims.flatMap(({ silentSource }) => silentSource ?? []))
  const notes = [...silent].map((source) => `${source} is silent, so claims are unverified`)
  return [accountText(account, view), '', tableOf(COLUMNS, rows, view), ...notes].join('\n')
}

function accountText(account: SubjectStateJson['account'], view: View): string {
  const known = knownAccountText(account, view)
  return account.inDoubt === true ? `${known}; in doubt until the account source states it` : known
}

function knownAccountText(account: SubjectStateJson['account'], { nowMs }: View): string {
  const { state, source, since, version, change } = account
  if (version === null) return `account ${state}: ${source} has sent no event of it`
  const by = change === null ? source : `${source}, change ${change}`
  if (since === null) return `account ${state} by ${by}, version ${version}`
  const time =
    nowMs === undefined ? `since ${withoutFraction(since)}` : `${ageText(since, nowMs)} ago`
  return `account ${state} ${time} by ${by}`
}

function rowOf(claim: ClaimOfSubjectJson): readonly string[] {
  const { status, statements } = claim
  const [owner] = statements
  const sources = statements.map(({ source }) => source).join(', ')
  return [claim.claim, valuesText(claim), sources, asOfText(owner), status]
}

/** Each source of a claim whose sources differ gets a row of its own. */
function differencesOf({ status, statements }: ClaimOfSubjectJson): readonly (readonly string[])[] {
  if (status !== 'contradicted') return []
  return statements.map((each) => ['', valuesText(each), each.source, asOfText(each), ''])
}

function valuesText({ values, count }: Pick<Statement, 'values' | 'count'>): string {
  if (count === 0) return '-'
  if (values === null) return `${count} (masked)`
  return values.map(String).join(', ')
}

function asOfText(statement: Statement | undefined): string {
  if (statement === undefined || statement.version === null) return '-'
  const { occurredAt, version } = statement
  return occurredAt === null ? `version ${version}` : occurredAt
}

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
