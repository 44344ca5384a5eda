import {
  BURN_WINDOWS,
  budgetOf,
  burnRate,
  burnRows,
  fires,
  type Budget,
  type BurnRow,
  type BurnWindow,
  type Measured,
  type Slo,
  type SloAlert,
} from '@freshet/protocol/slo'
import type { SloJson } from '../answers/slo.ts'
import type { SloSum } from './sli-store.ts'
import { originsOf } from './slo-counts.ts'

const DAY_MS = 86_400_000
/** Counts are kept by minute, so the first of them is the least that can be measured. */
const MEASURED_MIN_MS = 60_000

/** The good count, the valid one, and the time since the first of them. */
interface Counted {
  readonly good: number
  readonly valid: number
  readonly measuredMs: number
}

/** Which spans are summed for these. */
export function spansOf(slos: readonly Pick<Slo, 'windowDays'>[]): readonly number[] {
  const windows = slos.map(({ windowDays }) => windowDays * DAY_MS)
  return [...new Set([...Object.values(BURN_WINDOWS), ...windows])]
}

/**
 * The state of each over its window and the windows of its alerts, by the sums of `spansOf`. `no-data`: nothing
 * was measured, which is neither met nor missed. `breached`: the budget of the whole window is spent. `burning`: it
 * will be if this goes on. `budgetRemaining` is 0 or less where it is spent. `alert` is the severity now, by the
 * rows that the objective alerts by.
 */
export function sloStatuses(slos: readonly Slo[], sums: readonly SloSum[]): readonly SloJson[] {
  return slos.map((slo) => {
    const { name, sli, class: named, thresholdMs, target, description, windowDays } = slo
    const within = (spanMs: number): Counted => countedOf(slo, sums, spanMs)
    const { good, valid, measuredMs } = within(windowDays * DAY_MS)
    const budget = budgetOf(slo, { good, valid }, measuredMs / (windowDays * DAY_MS))
    return {
      name,
      sli,
      class: named,
      thresholdMs,
      target,
      description,
      windowDays,
      good,
      valid,
      ratio: ratioOf({ good, valid }),
      measuredMs,
      allowed: budget?.allowed ?? null,
      budgetRemaining: budget?.remaining ?? null,
      burn: burnOf(slo, within),
      state: stateOf(slo, budget, within),
      alert: alertOf(slo, within),
    }
  })
}

function countedOf(slo: Slo, sums: readonly SloSum[], spanMs: number): Counted {
  const origins = originsOf(slo)
  const own = sums.filter(
    (sum) => sum.slo === slo.name && sum.spanMs === spanMs && origins.includes(sum.origin),
  )
  return {
    good: own.reduce((sum, { good }) => sum + good, 0),
    valid: own.reduce((sum, { valid }) => sum + valid, 0),
    measuredMs: Math.min(spanMs, Math.max(MEASURED_MIN_MS, ...own.map((sum) => sum.measuredMs))),
  }
}

function ratioOf({ good, valid }: Measured): number | null {
  return valid === 0 ? null : good / valid
}

function burnOf(slo: Slo, within: (spanMs: number) => Counted): SloJson['burn'] {
  const windows = Object.entries(BURN_WINDOWS) as readonly (readonly [BurnWindow, number])[]
  return windows.map(([window, spanMs]) => {
    const { good, valid } = within(spanMs)
    const rate = valid === 0 ? null : burnRate((valid - good) / valid, slo.target)
    const alert = windowAlert(slo, window)
    return {
      window,
      good,
      valid,
      ratio: ratioOf({ good, valid }),
      rate,
      alert,
    }
  })
}

/** The alert of an objective whose long window this is. */
function windowAlert(
  { windowDays, alertWindows }: Slo,
  window: BurnWindow,
): NonNullable<SloJson['burn'][number]['alert']> | null {
  if (!alertWindows.includes(window)) return null
  const row = burnRows(windowDays).find(({ long }) => long === window)
  return row === undefined ? null : { severity: row.severity, rate: row.factor }
}

function stateOf(
  slo: Slo,
  budget: Budget | null,
  within: (spanMs: number) => Counted,
): SloJson['state'] {
  if (budget === null) return 'no-data'
  if (budget.remaining <= 0) return 'breached'
  const { good, valid } = within(slo.windowDays * DAY_MS)
  const isMissed = burnRate((valid - good) / valid, slo.target) > 1
  return isMissed || firing(slo, within).length > 0 ? 'burning' : 'met'
}

/** The rows of the table that fire now, whether this one alerts by them or not. */
function firing(slo: Slo, within: (spanMs: number) => Counted): readonly BurnRow[] {
  return burnRows(slo.windowDays).filter((row) =>
    fires(row, slo, {
      long: within(BURN_WINDOWS[row.long]),
      short: within(BURN_WINDOWS[row.short]),
    }),
  )
}

function alertOf(slo: Slo, within: (spanMs: number) => Counted): SloAlert | null {
  const own = firing(slo, within).filter(({ long }) => slo.alertWindows.includes(long))
  if (own.some(({ severity }) => severity === 'page')) return 'page'
  return own.length > 0 ? 'ticket' : null
}
