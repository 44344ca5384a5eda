import { BAD_EVENTS_MIN, burnRate, type Measured } from './budget.ts'
import type { BurnWindow, Slo, SloAlert } from './slo.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The length of each window, shortest first. The window of the budget itself comes after them. */
export const BURN_WINDOWS: Readonly<Record<BurnWindow, number>> = {
  '5m': 5 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '6h': 6 * HOUR_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
}

/** One row of the table of alerts: so much of a budget gone within the long window, and still going. */
export interface BurnRow {
  readonly severity: SloAlert
  /** Share of the budget that the long window spends at this factor. */
  readonly spent: number
  readonly long: BurnWindow
  /** A twelfth of it: the alert ends soon after the burning does. */
  readonly short: BurnWindow
  /** Burn rate from which on it fires. */
  readonly factor: number
}

const ROWS: readonly Omit<BurnRow, 'factor'>[] = [
  { severity: 'page', spent: 0.02, long: '1h', short: '5m' },
  { severity: 'page', spent: 0.05, long: '6h', short: '30m' },
  { severity: 'ticket', spent: 0.1, long: '1d', short: '2h' },
  { severity: 'ticket', spent: 0.1, long: '3d', short: '6h' },
]

/** Digits of a factor: 0.9333 and not 0.93333333333333335. */
const DIGITS = 4

/** The table of several windows and burn rates, for a budget over so many days (The Site Reliability Workbook, ch. 5). */
export function burnRows(windowDays: number): readonly BurnRow[] {
  return ROWS.map((row) => {
    const factor = (row.spent * windowDays * DAY_MS) / BURN_WINDOWS[row.long]
    return { ...row, factor: Number(factor.toFixed(DIGITS)) }
  })
}

/**
 * Returns whether a row fires: both windows burn faster than its factor, and the long one holds enough bad
 * events.
 */
export function fires(
  row: BurnRow,
  slo: Pick<Slo, 'target'>,
  { long, short }: { readonly long: Measured; readonly short: Measured },
): boolean {
  const isBurning = ({ good, valid }: Measured): boolean =>
    valid > 0 && burnRate((valid - good) / valid, slo.target) > row.factor
  return isBurning(long) && isBurning(short) && long.valid - long.good >= BAD_EVENTS_MIN
}
