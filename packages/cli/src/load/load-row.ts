import type { ClaimValue } from '@freshet/protocol'

/** One line of a file: the values of a claim that a subject has. */
export interface LoadRow {
  readonly subject: string
  /** Default: the identity provider of the load. */
  readonly iss?: string
  readonly claim: string
  readonly value: ClaimValue | readonly ClaimValue[]
}

/** A line of a file that was read, or the rule that it breaks. */
export type ReadLine =
  | { readonly line: number; readonly row: LoadRow; readonly problem?: never }
  | { readonly line: number; readonly row?: never; readonly problem: string }

const MEMBERS: readonly string[] = ['subject', 'iss', 'claim', 'value']

/** The row that an object states, or the rule that it breaks. Rules never repeat a value. */
export function rowOf(line: number, json: unknown): ReadLine {
  const problem = problemOf(json)
  return problem === undefined ? { line, row: json as LoadRow } : { line, problem }
}

function problemOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'must be an object'
  const members = new Map<string, unknown>(Object.entries(json))
  const unknown = [...members.keys()].find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) return `has a member that is none of ${MEMBERS.join(', ')}`
  if (typeof members.get('subject') !== 'string') return 'subject must be text'
  if (typeof members.get('claim') !== 'string') return 'claim must be text'
  if (!['string', 'undefined'].includes(typeof members.get('iss'))) return 'iss must be text'
  return members.has('value') ? undefined : 'value is missing'
}
