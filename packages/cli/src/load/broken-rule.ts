import {
  givesUnlisted,
  mayWrite,
  statedKindsOf,
  type Change,
  type Registry,
  type StatedKind,
} from '@freshet/protocol'
import { EventError, formatChangeEvent, parseChangeEvent } from '@freshet/wire'
import { lineChange, type LoadPlan } from './load-plan.ts'
import type { LoadRow } from './load-row.ts'

/** Which rule of events, or of the registry where there is one, the row breaks as a change. */
export function ruleBroken(
  plan: LoadPlan,
  row: LoadRow,
  registry: Registry | undefined,
): string | undefined {
  const change = lineChange(plan, row, { line: 1, number: 1n })
  try {
    parseChangeEvent(formatChangeEvent(change))
  } catch (error) {
    if (!(error instanceof EventError)) throw error
    return error.errors.map(({ pointer, rule }) => `${placeOf(pointer)} ${rule}`).join('; ')
  }
  return registry && refusalOf(registry, change)
}

/** The first of these kinds of state that the source does not send by the registry. */
export function foreignKind(
  { source, states = [] }: Pick<LoadPlan, 'source' | 'states'>,
  registry: Registry,
): StatedKind | undefined {
  const own = statedKindsOf(registry, source)
  return states.find((kind) => !own.includes(kind))
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
