import { ALERTS } from '../alerts.ts'
import { INHIBITIONS, matchersOf, type AlertMatchers } from './inhibitions.ts'

/** The name of an alert, its window, and the value of the label `severity` of alerts that page. */
export interface LookingBack {
  readonly name: string
  /** The time that the query looks back, such as `5m`. */
  readonly window: string
  readonly page: string
}

/**
 * Leaves out of a query what a cause explains that pages, or did within the window. Alertmanager suppresses a symptom
 * while its cause fires; without this, the symptom would notify a person when the cause ends. A cause that explains
 * some series of the alert alone is not used.
 */
export function unlessExplained(expr: string, { name, window, page }: LookingBack): string {
  const ofAll = INHIBITIONS.filter(
    ({ symptoms, to, equal }) =>
      to === undefined && equal === undefined && symptoms.some((key) => ALERTS[key].name === name),
  )
  if (ofAll.length === 0) return expr
  const paged = (names: readonly string[], of: AlertMatchers): string => {
    const alertname = `alertname=~"${[...new Set(names)].join('|')}"`
    const matchers = [alertname, ...matchersOf({ alertstate: 'firing', severity: page, ...of })]
    return `max by (cluster) (max_over_time(ALERTS{${matchers.join(',')}}[${window}]))`
  }
  const whole = ofAll.flatMap(({ cause, of }) => (of === undefined ? ALERTS[cause].name : []))
  const selected = ofAll.flatMap(({ cause, of }) => (of ? paged([ALERTS[cause].name], of) : []))
  const causes = [...(whole.length > 0 ? [paged(whole, {})] : []), ...selected]
  return [`(${expr})`, 'unless on (cluster) (', causes.join('\nor\n'), ')'].join('\n')
}
