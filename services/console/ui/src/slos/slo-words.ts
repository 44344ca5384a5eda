import type { SloAnswer, SloJson } from '@freshet/insight/answers'
import { shareOf, spanOf } from '../parts/words.ts'

const DAY_MS = 86_400_000
/** From here on, a multiple or a count has no decimals that a reader would use. */
const WHOLE_FROM = 100
/** The smallest figure above zero that one decimal can show. */
const LEAST_SHOWN = 0.1

/** The nouns of bad events, by what an objective measures. */
const BAD_WORDS: Readonly<Record<string, string>> = {
  'change-complete': 'late',
  'edge-apply': 'late',
  'edge-fresh': 'too old',
  'stale-allows': 'let in',
}

type Budget = Pick<SloJson, 'sli' | 'good' | 'valid' | 'allowed' | 'budgetRemaining'>

/** The rest of a budget, or the events that spent it: `spent: 7 let in, 3 allowed`. */
export function budgetText({ sli, budgetRemaining: left, ...counts }: Budget): string {
  if (left === null) return 'no data'
  return left > 0 ? leftText(left) : `spent: ${badText(BAD_WORDS[sli] ?? 'bad', counts)}`
}

/** The rest of a budget alone: `62 % left`, or `spent`. */
export function leftText(left: number): string {
  if (left <= 0) return 'spent'
  return left < LEAST_SHOWN / 100 ? `less than ${LEAST_SHOWN} % left` : `${shareOf(left)} left`
}

/** The bad events, and the number that the budget of the whole window allows: `7 let in, 3 allowed`. */
export function badText(
  word: string,
  { good, valid, allowed }: Pick<SloJson, 'good' | 'valid' | 'allowed'>,
): string {
  const bad = `${(valid - good).toLocaleString('en')} ${word}`
  return allowed ? `${bad}, ${Math.floor(allowed).toLocaleString('en')} allowed` : bad
}

/** The window, and how much of it was measured, if it was not all: `5 min of 28 d`. */
export function windowText({
  windowDays,
  measuredMs,
}: Pick<SloJson, 'windowDays' | 'measuredMs'>): string {
  const isWhole = measuredMs === undefined || measuredMs >= (windowDays - 1) * DAY_MS
  return isWhole ? `${windowDays} d` : `${spanOf(measuredMs)} of ${windowDays} d`
}

/** The window that is nearest to its alert: `2.1 × in 1h, pages at 13.4 ×`. */
export function burnText(burn: SloJson['burn']): string {
  const near = burn
    .flatMap((each) =>
      each.rate !== null && each.alert ? [{ ...each, ...each.alert, now: each.rate }] : [],
    )
    .toSorted((a, b) => b.now / b.rate - a.now / a.rate)[0]
  if (near === undefined) return burn.some(({ rate }) => rate !== null) ? 'no alert' : 'no data'
  return `${figureOf(near.now)} × in ${near.window}, ${alertText(near)}`
}

/** The rate from which on a window alerts: `pages at 13.4 ×`. */
export function alertText({
  severity,
  rate,
}: NonNullable<SloJson['burn'][number]['alert']>): string {
  return `${severity === 'page' ? 'pages' : 'opens a ticket'} at ${figureOf(rate)} ×`
}

/** The bad events of each day of the window, oldest first; `undefined` for a day without events. */
export function badByDay({
  history,
  windowDays,
  measuredAt,
}: Pick<SloAnswer, 'history' | 'windowDays' | 'measuredAt'>): readonly (number | undefined)[] {
  const nowMs = Date.parse(measuredAt)
  const bad = new Map(
    history.map(({ from, good, valid }) => [
      Math.floor((nowMs - Date.parse(from)) / DAY_MS),
      valid - good,
    ]),
  )
  return Array.from({ length: windowDays }, (_, n) => bad.get(windowDays - 1 - n))
}

/** The order of states: those that need a person first, those without figures last. */
const RANK: Readonly<Record<SloJson['state'], number>> = {
  breached: 0,
  burning: 0,
  met: 1,
  'no-data': 2,
}

/** Sorts objectives: the missed ones by their remaining budget, then the met ones, then those without figures. */
export function byNeed(items: readonly SloJson[]): readonly SloJson[] {
  const alerts = ({ alert }: SloJson): number => (alert === 'page' ? 0 : 1)
  const left = ({ budgetRemaining }: SloJson): number => budgetRemaining ?? 0
  return items.toSorted(
    (a, b) => RANK[a.state] - RANK[b.state] || alerts(a) - alerts(b) || left(a) - left(b),
  )
}

/** A multiple or a count of events. Only a zero is shown as zero. */
export function figureOf(figure: number): string {
  if (figure >= WHOLE_FROM) return Math.round(figure).toLocaleString('en')
  if (figure > 0 && figure < LEAST_SHOWN / 2) return `less than ${LEAST_SHOWN}`
  return figure.toFixed(1)
}
