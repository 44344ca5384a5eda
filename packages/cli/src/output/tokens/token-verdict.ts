import type { ExplainedVerdict, TokenView } from '@freshet/insight/answers'
import { ageText } from '../age.ts'
import { printable } from '../printable.ts'
import type { View } from '../view.ts'

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
  const heard =
    since === undefined
      ? `${source} was never heard`
      : `${source} was last heard ${when(since, view)}`
  const names = listed(unknown.map(([name]) => name))
  return `${heard}. Edges cannot verify ${names}, and routes that require it deny by default.`
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
