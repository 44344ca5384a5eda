import type { UsageAnswer } from '@freshet/insight/answers'
import type { UsageState } from '@freshet/registry'
import { differencesText } from './differences-text.ts'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'CLAIM' },
  { heading: 'DECISIONS', align: 'right' },
  { heading: 'NEEDED', align: 'right' },
  { heading: 'CARRIED', align: 'right' },
  { heading: 'USE', kind: 'free' },
]

const WORDS: Readonly<Record<UsageState, string>> = {
  used: 'used',
  unnamed: 'judged, but no route declared its claims',
  kept: 'not used, but a declared route requires it or has policies',
  unused: 'never used',
  descriptive: 'descriptive: edges cannot count its use',
  'no-data': 'no data',
}

/** The use of claims by audience, and the differences of a registry without the unused ones. */
export function usageText(
  { days, items, differences }: UsageAnswer,
  view: View = PLAIN_VIEW,
): string {
  const audiences = items.map(({ audience, since, claims }) => {
    const head =
      since === null
        ? `${audience}: no decision was counted in ${daysText(days)}`
        : `${audience}: decisions since ${since}, of the last ${daysText(days)}`
    const rows = claims.map(({ claim, decisions, needed, carried, state, isWide }) => [
      claim,
      String(decisions),
      meanText(needed),
      meanText(carried),
      isWide ? `${WORDS[state]}; tokens carry far more than is needed` : WORDS[state],
    ])
    return `${printable(head)}\n${tableOf(COLUMNS, rows, view)}`
  })
  const smaller =
    differences.length === 0
      ? 'no audience carries a claim that was never used'
      : `without the claims that were never used:\n${differencesText(differences)}`
  return [...audiences, smaller].join('\n\n')
}

function daysText(days: number): string {
  return days === 1 ? 'day' : `${days} days`
}

function meanText(mean: number | null): string {
  return mean === null ? '-' : String(Math.round(mean * 10) / 10)
}
