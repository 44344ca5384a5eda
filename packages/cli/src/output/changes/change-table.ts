import type { LiveChange, TimelineJson } from '@freshet/insight/answers'
import { printable } from '../printable.ts'
import { listOf, paintStatus, type Column } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { operationOf } from './operation.ts'
import { edgeCount } from './edge-count.ts'

const COLUMNS: readonly Column<TimelineJson>[] = [
  { heading: 'CHANGE', of: ({ id }) => id },
  { heading: 'SOURCE', of: ({ source }) => source, rank: 2 },
  { heading: 'WHAT', of: operationOf, kind: 'free' },
  { heading: 'SUBJECT', of: ({ subject }) => subject?.sub ?? '-', kind: 'free', rank: 1 },
  { heading: 'STATE', of: stateOf, kind: 'status' },
  { heading: 'TOKENS', of: ({ tokensMarked }) => String(tokensMarked), align: 'right', rank: 4 },
  { heading: 'EDGES', of: (each) => edgesOf(each.tightened, edgeCount(each)), align: 'right' },
  { heading: 'TOOK', of: ({ completeMs }) => tookText(completeMs), align: 'right', rank: 3 },
  { heading: 'RECORDED', of: ({ recordedAt }) => recordedAt, kind: 'time' },
]

/** The latest changes as a table, newest first. */
export function changesText(items: readonly TimelineJson[], view: View = PLAIN_VIEW): string {
  return items.length === 0 ? 'no changes' : listOf(COLUMNS, items, view)
}

/** A change of the stream on one line, as far as it has come. */
export function liveChangeLine(change: LiveChange, view: View): string {
  const { at, id, source, tokensMarked, tightened, edges, completeMs } = change
  const state = stateOf(change)
  const tokens = tokensMarked === 0 ? '' : `tokens ${tokensMarked}`
  const reach = tightened ? `edges ${edgesOf(true, edges)}` : ''
  const took = completeMs === null ? '' : `in ${tookText(completeMs)}`
  const head = printable(`${at.slice(11, 19)}  ${id}  ${source}  ${operationOf(change)}`)
  const rest = [reach, tokens, took].filter(Boolean).join(', ')
  return `${head}  ${paintStatus(state, state, view.colors)}${rest === '' ? '' : `  ${rest}`}`
}

/** The progress of a change; the outcome if it was not applied as it was sent. */
function stateOf({ state, outcome }: { readonly state: string; readonly outcome: string }): string {
  return outcome === 'applied' ? state : outcome
}

function edgesOf(
  tightened: boolean,
  { applied, awaited }: { readonly applied: number; readonly awaited: number },
): string {
  return tightened ? `${applied}/${awaited}` : '-'
}

function tookText(ms: number | null): string {
  return ms === null ? '-' : `${Math.round(ms)} ms`
}
