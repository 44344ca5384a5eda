import type { MeasuredChange, SloJson, SlosAnswer } from '@freshet/insight/answers'
import { spanText } from '../age.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { numberOf } from '../number-of.ts'

const DAY_MS = 86_400_000
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
    const { name, state, good, valid, ratio, target, budgetRemaining } = item
    const counted = [stateText(state), String(good), String(valid), shareText(ratio)]
    return [name, ...counted, shareText(target), budgetText(budgetRemaining), windowText(item)]
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

/** The rest of a budget in percent, or that it is spent. */
function budgetText(share: number | null): string {
  return share !== null && share <= 0 ? 'spent' : shareText(share)
}

/** The window, and how much of it was measured, if it was not all: `5m of 28 d`. */
function windowText({ windowDays, measuredMs }: SloJson): string {
  const isWhole = measuredMs === undefined || measuredMs >= (windowDays - 1) * DAY_MS
  return isWhole ? `${windowDays} d` : `${spanText(measuredMs)} of ${windowDays} d`
}

function rateText(rate: number | null): string {
  return rate === null ? '-' : rate.toFixed(2)
}
