import type { MeasuredChange, SloJson, SlosAnswer } from '@freshet/insight/answers'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { numberOf } from '../number-of.ts'

const NONE = 'no objectives: the file of FRESHET_SLOS of the console has none'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'SERVICE LEVEL' },
  { heading: 'STATE', kind: 'status' },
  { heading: 'GOOD', align: 'right', rank: 2 },
  { heading: 'OF', align: 'right', rank: 1 },
  { heading: 'RATIO', align: 'right' },
  { heading: 'TARGET', align: 'right' },
  { heading: 'BUDGET LEFT', align: 'right' },
  { heading: 'WINDOW', align: 'right', rank: 3 },
]

/** Every service level, the one with the least budget left first; those without data last. Then the latest change. */
export function sloText(
  { items, latest, measuredAt }: SlosAnswer,
  view: View = PLAIN_VIEW,
): string {
  if (items.length === 0) return NONE
  const rows = items.toSorted(byBudget).map((item) => {
    const { name, state, good, valid, ratio, target, budgetRemaining, windowDays } = item
    const counted = [stateText(state), String(good), String(valid), shareText(ratio)]
    return [name, ...counted, shareText(target), budgetText(budgetRemaining), `${windowDays} d`]
  })
  const last = latest === null ? [] : [latestText(latest)]
  return [tableOf(COLUMNS, rows, view), ...last, `measured ${measuredAt}`].join('\n')
}

function latestText({ id, class: named, ...how }: MeasuredChange): string {
  return `latest change: ${id} (${named ?? 'no class'}): ${howItEnded(how)}`
}

/** The time is from the append of the change. */
function howItEnded({
  edges,
  missing,
  completeMs,
  isUpperBound,
}: Pick<MeasuredChange, 'edges' | 'missing' | 'completeMs' | 'isUpperBound'>): string {
  if (completeMs === null) return `not complete: ${missing[0] ?? 'an edge'} continued to serve`
  if (edges === 0) return 'no edge was counted'
  const most = isUpperBound === true ? 'at most ' : ''
  return `complete at ${numberOf(edges, 'edge')} ${most}${completeMs} ms after its append`
}

/** The burn rate of each budget: 1 spends it evenly over its window. */
export function burnText({ items, measuredAt }: SlosAnswer, view: View = PLAIN_VIEW): string {
  const [first] = items
  if (first === undefined) return NONE
  const windows = first.burn.map(({ window }): TableColumn => ({ heading: window, align: 'right' }))
  const state: TableColumn = { heading: 'STATE', kind: 'status' }
  const columns = [{ heading: 'SERVICE LEVEL' }, state, ...windows]
  const rows = items.toSorted(byBudget).map(({ name, burn, ...each }) => {
    return [name, stateText(each.state), ...burn.map(({ rate }) => rateText(rate))]
  })
  return [tableOf(columns, rows, view), `measured ${measuredAt}`].join('\n')
}

function byBudget(a: SloJson, b: SloJson): number {
  return (a.budgetRemaining ?? 2) - (b.budgetRemaining ?? 2)
}

function stateText(state: SloJson['state']): string {
  return state === 'no-data' ? 'no data' : state
}

const PERCENT = 100
/** The digits separate three nines of a percent, and whole percents stay short. */
const DIGITS = 4

function shareText(share: number | null): string {
  return share === null ? '-' : `${Number((share * PERCENT).toFixed(DIGITS))} %`
}

/** The rest of a budget in percent; of an overspent one, the multiple that was used, as the console shows it. */
function budgetText(share: number | null): string {
  if (share === null || share >= 0) return shareText(share)
  return `${Number((1 - share).toFixed(1))} × over`
}

function rateText(rate: number | null): string {
  return rate === null ? '-' : rate.toFixed(2)
}
