import {
  givesUnlisted,
  mayWrite,
  type Change,
  type ClaimValue,
  type Registry,
} from '@freshet/protocol'
import { EventError, formatChangeEvent, parseChangeEvent } from '@freshet/wire'
import { setChange, type LoadPlan } from './load-plan.ts'

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

/** Which rule of events, or of the registry where there is one, the row breaks as a change. */
export function ruleBroken(
  plan: LoadPlan,
  row: LoadRow,
  registry: Registry | undefined,
): string | undefined {
  const change = setChange(plan, row, { line: 1, number: 1n })
  try {
    parseChangeEvent(formatChangeEvent(change))
  } catch (error) {
    if (!(error instanceof EventError)) throw error
    return error.errors.map(({ pointer, rule }) => `${placeOf(pointer)} ${rule}`).join('; ')
  }
  return registry && refusalOf(registry, change)
}

/** The member of the line behind a place in the event. */
function placeOf(pointer: string): string {
  return pointer
    .replace('/data/', '')
    .replace('subject/sub', 'subject')
    .replace('subject/iss', 'iss')
}

function refusalOf(registry: Registry, change: Change): string | undefined {
  const answer = mayWrite(registry, change.source, change)
  if (!answer.ok) return answer.rule
  const claim = change.kind === 'claim' ? registry.claims.get(change.claim) : undefined
  if (change.kind !== 'claim' || claim === undefined) return undefined
  if (givesUnlisted(claim, change))
    return `claim ${claim.name} has a value that the registry does not let it have`
  if (claim.shape === 'set') return undefined
  return change.values.length > 1 ? `claim ${change.claim} has one value` : undefined
}
