import type { SloAnswer, SloJson } from '@freshet/insight/answers'
import { shareOf } from '../parts/words.ts'

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

type Budget = Pick<SloJson, 'sli' | 'target' | 'good' | 'valid' | 'budgetRemaining'>

/** The rest of a budget, or how far it is overspent: `15.8 × over budget: 7 let in, 0.4 allowed`. */
export function budgetText({ sli, target, good, valid, budgetRemaining: left }: Budget): string {
  if (left === null) return 'no data'
  if (left >= 0) return leftText(left)
  const bad = (valid - good).toLocaleString('en')
  return `${leftText(left)}: ${bad} ${BAD_WORDS[sli] ?? 'bad'}, ${figureOf(
    (1 - target) * valid,
  )} allowed`
}

/** The rest of a budget alone: `62 % left`, or the multiple of it that was used: `15.8 × over budget`. */
export function leftText(left: number): string {
  return left < 0 ? `${figureOf(1 - left)} × over budget` : `${shareOf(left)} left`
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
