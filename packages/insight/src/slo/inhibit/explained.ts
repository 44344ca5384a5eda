import { ALERTS } from '../alerts.ts'
import { INHIBITIONS, matchersOf } from './inhibitions.ts'

/** An alert whose query looks back, and the value of the label `severity` of alerts that page. */
export interface LookingBack {
  readonly name: string
  /** The time that the query looks back, such as `5m`. */
  readonly window: string
  readonly page: string
}

/**
 * Leaves out of a query what a cause explains that pages, or did within the window of the query. Alertmanager
 * suppresses a symptom while its cause fires; a query that looks back would notify a person after its end.
 */
export function unlessExplained(expr: string, { name, window, page }: LookingBack): string {
  const causes = INHIBITIONS.filter(({ symptoms }) =>
    symptoms.some((key) => ALERTS[key].name === name),
  ).map(({ cause, of = {} }) => {
    const matchers = matchersOf({ alertname: ALERTS[cause].name, severity: page, ...of })
    return `max by (cluster) (max_over_time(ALERTS{alertstate="firing",${matchers.join(',')}}[${window}]))`
  })
  return [`(${expr})`, 'unless on (cluster) (', causes.join('\nor\n'), ')'].join('\n')
}
