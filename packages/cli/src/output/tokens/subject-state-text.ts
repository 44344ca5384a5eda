import type { ClaimOfSubjectJson, SubjectStateJson } from '@freshet/insight/answers'
import { ageText, withoutFraction } from '../age.ts'
import { tableOf, type TableColumn } from '../table.ts'
import type { View } from '../view.ts'

type Statement = ClaimOfSubjectJson['statements'][number]

const COLUMNS: readonly TableColumn[] = [
  { heading: 'CLAIM' },
  { heading: 'VALUES', kind: 'free' },
  { heading: 'SOURCE' },
  { heading: 'AS OF', kind: 'time' },
  { heading: 'STATUS', kind: 'status' },
]

/** The claims of a subject now, under the state of its account. */
export function subjectStateText({ account, claims }: SubjectStateJson, view: View): string {
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
