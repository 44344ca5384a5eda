import type {
  Holders,
  IssuanceJson,
  SubjectStateJson,
  TokenView,
  ExplainedVerdict,
} from '@freshet/insight/answers'
import type { ClaimValue } from '@freshet/protocol'
import { printable } from '../printable.ts'
import { listOf, type Column } from '../table.ts'
import { PLAIN_VIEW, type View, type Colors } from '../view.ts'
import { ageText } from '../age.ts'
import type { SidecarAnswer } from '../../http/sidecar-client.ts'

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

const HOLDER_COLUMNS: readonly Column<Holders['items'][number]>[] = [
  { heading: 'TOKEN', of: ({ jti }) => jti },
  { heading: 'SUBJECT', of: ({ subject }) => subject?.sub ?? '-' },
  { heading: 'AUDIENCE', of: ({ audience }) => audience, rank: 1 },
  { heading: 'CLIENT', of: ({ client }) => client, rank: 4 },
  { heading: 'ISSUED', of: ({ issuedAt }) => issuedAt, kind: 'time', rank: 5 },
  { heading: 'EXPIRES', of: ({ expiresAt }) => expiresAt, kind: 'time', rank: 3 },
  { heading: 'STALE', of: ({ stale }) => stale?.at ?? '-', kind: 'time', rank: 2 },
  {
    heading: 'BECAUSE',
    of: ({ stale }) => (stale === null ? '' : `${stale.reason} by ${stale.change}`),
    kind: 'free',
  },
]

/** Tokens that carry or carried a value, as a table. */
export function holdersText({ items, at }: Holders, view: View = PLAIN_VIEW): string {
  return items.length === 0 ? `no tokens at ${at}` : listOf(HOLDER_COLUMNS, items, view)
}

type Claim = readonly [name: string, verdict: ExplainedVerdict]

/** The verdict on a whole token in one or two sentences: its state, the change that caused it, and the effect. */
export function tokenVerdict(answer: TokenView, view: View): string {
  const { expired, ledger, claims } = answer
  const { red, yellow, green } = view.colors
  const all = Object.entries(claims)
  const stale = all.filter(([, { verdict }]) => verdict === 'stale')
  const unknown = all.filter(([, { verdict }]) => verdict === 'unverified')
  if (expired)
    return `${yellow('EXPIRED')}${printable(expiredText(ledger, view))}. Every edge refuses it.`
  if (stale.length > 0) return `${red('STALE')}: ${printable(staleText(answer, stale, view))}`
  if (unknown.length > 0) return `${yellow('UNVERIFIED')}: ${printable(unknownText(unknown, view))}`
  return `${green('FRESH')}: no source has reduced its claims since it was minted.`
}

function expiredText(ledger: TokenView['ledger'], view: View): string {
  return ledger === null ? '' : ` ${when(ledger.expiresAt, view)}`
}

/** Reasons that concern some claims. Every other reason concerns the whole token. */
const OF_CLAIMS: Readonly<Record<string, (subject: string, claims: string) => string>> = {
  'claim-changed': (subject, claims) => `${subject} lost values of ${claims}`,
  'value-withdrawn': (_, claims) => `a value of ${claims} was withdrawn from all its holders`,
}

const OF_TOKEN: Readonly<Record<string, (answer: TokenView, subject: string) => string>> = {
  account: (_, subject) => `the account of ${subject} changed`,
  incarnation: () => 'the change topic began a new incarnation',
  'tenant-cut-off': ({ tenant }) => `tenant ${tenant} was cut off`,
  'client-cut-off': ({ client }) => `client ${client} was cut off`,
  'policy-version': () => 'its policy version is below the minimum',
  'key-denied': () => 'the key that signed it is denied',
  'issuer-denied': () => 'its issuer is denied',
  'session-denied': () => 'its session is denied',
  'token-denied': () => 'the token itself is denied',
}

function staleText(answer: TokenView, stale: readonly Claim[], view: View): string {
  const subject = answer.parties[0]?.subject.sub ?? 'the subject'
  const whole = stale.find(([, { reason = '' }]) => OF_CLAIMS[reason] === undefined)
  const [, first] = whole ?? stale[0] ?? []
  const { reason = '', change } = first ?? {}
  const of = stale.filter((each) => each[1].reason === reason).map(([name]) => name)
  const because =
    OF_CLAIMS[reason]?.(subject, listed(of)) ?? OF_TOKEN[reason]?.(answer, subject) ?? reason
  const mark = answer.ledger?.mark
  const since = mark && mark.change === change ? ` ${when(mark.at, view)}` : ''
  const by = change === undefined ? '' : ` (${change})`
  const effect =
    whole === undefined
      ? `Every edge refuses it where ${listed(stale.map(([name]) => name))} is required.`
      : 'Every edge refuses it.'
  return `${because}${since}${by}. ${effect}`
}

function unknownText(unknown: readonly Claim[], view: View): string {
  const [, first] = unknown[0] ?? []
  const { source = 'its source', since } = first ?? {}
  const lastHeartbeat =
    since === undefined
      ? `${source} was never heard`
      : `${source} was last heard ${when(since, view)}`
  const names = listed(unknown.map(([name]) => name))
  return `${lastHeartbeat}. Edges cannot verify ${names}, and routes that require it deny by default.`
}

/** `9s ago` on a terminal, and the exact time elsewhere. */
function when(time: string, { nowMs }: View): string {
  if (nowMs === undefined) return `at ${time}`
  const age = ageText(time, nowMs)
  return age.startsWith('in ') ? age : `${age} ago`
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

/** The verdict on one claim, as a sentence. */
function verdictText(name: string, answer: ExplainedVerdict, colors: Colors): string {
  const { verdict, reason, change, source, since } = answer
  const claim = printable(name)
  switch (verdict) {
    case 'fresh':
      return `${claim} is ${colors.green('fresh')}`
    case 'stale': {
      const by = change === undefined ? '' : ` by change ${printable(change)}`
      return `${claim} is ${colors.red('stale')}: ${REASONS[reason ?? ''] ?? reason}${by}`
    }
    case 'unverified': {
      const why = UNKNOWN[reason ?? '']
      if (why !== undefined) return `${claim} is ${colors.yellow('unverified')}: ${why} (${reason})`
      const lastHeartbeat =
        since === undefined ? 'was never heard' : `was last heard up to ${since}`
      return `${claim} is ${colors.yellow('unverified')}: ${printable(source ?? '')} ${lastHeartbeat}`
    }
  }
}

const UNKNOWN: Readonly<Record<string, string>> = {
  'authority-behind': 'the position of the authority is behind that of the caller',
  'omitted-over': 'the token omits it, because it was too large',
  'omitted-unverified': 'the token omits it, because its source was silent at the mint',
}

const REASONS: Readonly<Record<string, string>> = {
  incarnation: 'it was minted in an earlier life of the change topic (incarnation)',
  'claim-changed': 'the claim was reduced after the token was minted (claim-changed)',
  account: 'the account changed after the token was minted (account)',
  'value-withdrawn': 'a value was withdrawn from all its holders (value-withdrawn)',
  'tenant-cut-off': 'the whole tenant was cut off (tenant-cut-off)',
  'client-cut-off': 'the client was cut off (client-cut-off)',
  'policy-version': 'its policy version is below the minimum (policy-version)',
  'key-denied': 'the key that signed it is denied (key-denied)',
  'issuer-denied': 'its issuer is denied (issuer-denied)',
  'session-denied': 'its session is denied (session-denied)',
  'token-denied': 'the token itself is denied (token-denied)',
}

/** An edge's answer about a token, as people read it. */
export function checkText(answer: SidecarAnswer, colors: Colors): string {
  const { decision, claims, token, viewAgeMs, validated, code, detail } = answer
  const paint = decision === 'allow' ? colors.green : colors.red
  const why = code === undefined ? '' : ` (${[code, detail].filter(Boolean).join(': ')})`
  const verdicts = Object.entries(claims).map(([claim, verdict]) => [claim, verdict] as const)
  const all = token === undefined ? verdicts : [...verdicts, ['the token', token] as const]
  return [
    `${paint(decision)}${printable(why)}`,
    ...all.map(([name, verdict]) => `  ${verdictText(name, verdict, colors)}`),
    ...(validated === true ? ['  the authority judged this request'] : []),
    `  the edge’s view is ${viewAgeMs === null ? 'not there yet' : `${viewAgeMs} ms old`}`,
  ].join('\n')
}
