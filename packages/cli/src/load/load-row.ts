import {
  DENIAL_KINDS,
  type ClaimValue,
  type CutOff,
  type Deny,
  type StatedKind,
} from '@freshet/protocol'

/** One line of a file: a claim or the account of a subject, or a cut-off or denial in force. */
export type LoadRow = ClaimRow | AccountRow | WideRow

interface SubjectRow {
  readonly subject: string
  /** Default: the identity provider of the load. */
  readonly iss?: string
}

/** The values of a claim that a subject has. */
interface ClaimRow extends SubjectRow {
  readonly claim: string
  readonly value: ClaimValue | readonly ClaimValue[]
}

/** The states that an account can have. */
export const ACCOUNT_STATES = ['enabled', 'disabled', 'deleted'] as const

/** The state of an account. */
interface AccountRow extends SubjectRow {
  readonly account: (typeof ACCOUNT_STATES)[number]
}

/** A cut-off or a denial. */
export type WideRow =
  | (Pick<CutOff, 'scope' | 'target'> & { readonly op: 'cut-off' })
  | (Pick<Deny, 'scope' | 'target'> & { readonly op: 'deny' })

/** A line of a file that was read, or the rule that it breaks. */
export type ReadLine =
  | { readonly line: number; readonly row: LoadRow; readonly problem?: never }
  | { readonly line: number; readonly row?: never; readonly problem: string }

/** The row that an object states, or the rule that it breaks. Rules never repeat a value. */
export function rowOf(line: number, json: unknown): ReadLine {
  if (!isObject(json)) return { line, problem: 'must be an object' }
  const flat = withFlatSubject(json)
  const problem = typeof flat === 'string' ? flat : problemOf(flat)
  return problem === undefined ? { line, row: flat as unknown as LoadRow } : { line, problem }
}

/** The kind of state beside claims that a line belongs to. */
export function kindOfRow(row: LoadRow): StatedKind | undefined {
  if ('op' in row) return 'cut-offs'
  return 'account' in row ? 'accounts' : undefined
}

/** Two lines with the same parts state the same thing. `iss` is the identity provider of the load. */
export function partsOfRow(row: LoadRow, iss: string): readonly string[] {
  if ('op' in row) return [row.op, row.scope, row.target]
  const subject = [row.iss ?? iss, row.subject]
  return 'account' in row ? ['account', ...subject] : ['claim', ...subject, row.claim]
}

type Members = Readonly<Record<string, unknown>>

function isObject(json: unknown): json is Members {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** A subject can be text, or an object as events have it. */
function withFlatSubject(json: Members): Members | string {
  const { subject, ...rest } = json
  if (!isObject(subject)) return json
  const unknown = unknownMember(subject, ['format', 'iss', 'sub'])
  if (unknown !== undefined) return `subject ${unknown}`
  if ('iss' in subject && 'iss' in rest) return 'iss is there twice'
  const { sub, iss } = subject
  return { ...rest, subject: sub, ...('iss' in subject && { iss }) }
}

function problemOf(members: Members): string | undefined {
  if ('op' in members) return wideProblem(members)
  return 'account' in members ? accountProblem(members) : claimProblem(members)
}

function wideProblem(members: Members): string | undefined {
  return (
    unknownMember(members, ['op', 'scope', 'target']) ??
    otherWord(members, 'op', ['cut-off', 'deny']) ??
    otherWord(members, 'scope', members['op'] === 'deny' ? DENIAL_KINDS : ['tenant', 'client']) ??
    noText(members, 'target')
  )
}

function accountProblem(members: Members): string | undefined {
  return (
    unknownMember(members, ['subject', 'iss', 'account']) ??
    subjectProblem(members) ??
    otherWord(members, 'account', ACCOUNT_STATES)
  )
}

function claimProblem(members: Members): string | undefined {
  return (
    unknownMember(members, ['subject', 'iss', 'claim', 'value']) ??
    subjectProblem(members) ??
    noText(members, 'claim') ??
    ('value' in members ? undefined : 'value is missing')
  )
}

function subjectProblem(members: Members): string | undefined {
  return noText(members, 'subject') ?? ('iss' in members ? noText(members, 'iss') : undefined)
}

function noText(members: Members, name: string): string | undefined {
  return typeof members[name] === 'string' ? undefined : `${name} must be text`
}

function otherWord(members: Members, name: string, words: readonly string[]): string | undefined {
  const word = members[name]
  if (typeof word === 'string' && words.includes(word)) return undefined
  return `${name} must be one of ${words.join(', ')}`
}

function unknownMember(members: Members, known: readonly string[]): string | undefined {
  if (Object.keys(members).every((name) => known.includes(name))) return undefined
  return `has a member that is none of ${known.join(', ')}`
}
