import type { Holders, IssuanceJson, SubjectStateJson, TokenView } from '@freshet/insight/answers'
import type { ClaimValue } from '@freshet/protocol'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { tokenVerdict } from './token-verdict.ts'
import { verdictText } from './verdict-text.ts'

/** An explained token. With `now`, the claims of its subject now. */
export interface ShownToken extends TokenView {
  readonly now?: SubjectStateJson['claims']
}

/** The authority's explanation of a token: the verdict first, then each claim, and the positions last. */
export function tokenText(answer: ShownToken, view: View = PLAIN_VIEW): string {
  const { jti, tenant, client, policyVersion, parties, claims } = answer
  const { colors } = view
  return [
    tokenVerdict(answer, view),
    ...Object.entries(claims).flatMap(([claim, verdict]) => [
      `  ${verdictText(claim, verdict, colors)}`,
      ...valueLines(claim, answer),
    ]),
    `token ${printable(jti)}`,
    `  for ${printable(client)} in ${printable(tenant)}, policy version ${policyVersion}`,
    ...ledgerLines(answer),
    ...issuanceLines(answer.issuance),
    ...parties.map(({ subject, label }) => {
      const at = `e ${label.e}, subject ${label.s}, control ${label.c}`
      return `  ${printable(subject.sub ?? 'a subject')} (${printable(subject.iss)}): claims as of ${at}`
    }),
  ].join('\n')
}

/** The values before and now, of a claim of which both are known and differ; else those that are known now. */
function valueLines(name: string, { issuance, now = [] }: ShownToken): readonly string[] {
  const present = now.find(({ claim }) => claim === name)
  if (present === undefined || present.values === null) return []
  const after = valuesText(present.values)
  const carried = issuance?.claims.find(({ claim }) => claim === name)?.values
  if (carried == null) return [printable(`    values now: ${after}`)]
  const before = valuesText(carried)
  return before === after ? [] : [printable(`    values: ${before} → ${after}`)]
}

function valuesText(values: readonly ClaimValue[]): string {
  return values.length === 0 ? 'none' : values.map(String).toSorted().join(', ')
}

function ledgerLines({ ledger }: TokenView): readonly string[] {
  if (ledger === null) return ['  the ledger does not have it, or removed it after it expired']
  const { issuedAt, expiresAt, mark } = ledger
  const life = `  issued ${issuedAt}, expires ${expiresAt}`
  if (mark === null) return [`${life}; not marked stale`]
  const { at, reason, source, change } = mark
  return [life, printable(`  marked stale at ${at}: ${reason} by change ${change} of ${source}`)]
}

function issuanceLines(issuance: IssuanceJson | null): readonly string[] {
  if (issuance === null) return ['  it has no issuance record']
  const { audience, policyVersion, issuedAt, expiresAt, withheld, claims } = issuance
  return [
    `  minted for ${printable(audience)} by policy version ${policyVersion}, ${issuedAt} to ${expiresAt}`,
    ...(withheld ? ['  it was withheld: the authority did not release it'] : []),
    ...claims.map(({ claim, source, through, values }) => {
      const carried = values === null ? '(values not shown)' : JSON.stringify(values)
      const by =
        source === null ? 'by a version that is not kept' : `by ${source}, last heard ${through}`
      return printable(`  carried ${claim} ${carried} ${by}`)
    }),
  ]
}

const HOLDER_COLUMNS: readonly TableColumn[] = [
  { heading: 'TOKEN' },
  { heading: 'SUBJECT' },
  { heading: 'AUDIENCE', rank: 1 },
  { heading: 'CLIENT', rank: 4 },
  { heading: 'ISSUED', kind: 'time', rank: 5 },
  { heading: 'EXPIRES', kind: 'time', rank: 3 },
  { heading: 'STALE', kind: 'time', rank: 2 },
  { heading: 'BECAUSE', kind: 'free' },
]

/** Tokens that carry or carried a value, as a table. */
export function holdersText({ items, at }: Holders, view: View = PLAIN_VIEW): string {
  if (items.length === 0) return `no tokens at ${at}`
  return tableOf(
    HOLDER_COLUMNS,
    items.map(({ jti, subject, audience, client, issuedAt, expiresAt, stale }) => {
      const mark = stale === null ? ['-', ''] : [stale.at, `${stale.reason} by ${stale.change}`]
      return [jti, subject?.sub ?? '-', audience, client, issuedAt, expiresAt, ...mark]
    }),
    view,
  )
}
