import { invariant } from '@freshet/protocol'
import type { AlertTerms } from '../alerts.ts'
import type { Board } from '../boards/board.ts'
import { BOARDS } from '../boards/boards.ts'
import { panelId } from '../boards/grafana.ts'
import type { AlertRule, Labels, RuleOptions } from './rule.ts'

/** An alert, before names of others are put in. */
export interface Alert extends AlertTerms {
  readonly expr: string
  /** The time that the query must answer before the alert fires. */
  readonly for?: string
  readonly labels?: Labels
  readonly description: string
  /** Board and title of the panel that shows what it is about; `undefined` where there is nothing to see. */
  readonly panel?: readonly [board: Board['name'], title: string]
}

/** The rule of an alert. */
export function alertRule(alert: Alert, { severity, runbooks, grafana }: RuleOptions): AlertRule {
  const { name, expr, labels, summary, description, panel } = alert
  return {
    alert: name,
    expr,
    ...(alert.for !== undefined && { for: alert.for }),
    labels: { severity: severity[alert.severity], ...labels },
    annotations: {
      summary,
      description,
      runbook_url: `${runbooks}${name}.md`,
      ...(panel && { dashboard_url: grafana + pathOf(panel) }),
    },
  }
}

function pathOf([name, title]: NonNullable<Alert['panel']>): string {
  const id = panelId(BOARDS[name], title)
  invariant(id > 0, `there is no panel ${title} on the board ${name}`)
  return `/d/freshet-${name}?viewPanel=${id}`
}
