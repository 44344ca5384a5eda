import type { SloAlert } from '@freshet/domain/slo'
import type { AlertRule, Labels, RuleOptions } from './rule.ts'

/** An alert, before names of others are put in. */
export interface Alert {
  /** Its runbook is named like it. */
  readonly name: string
  readonly severity: SloAlert | 'none'
  readonly expr: string
  /** How long the query must answer before anybody is told. */
  readonly for?: string
  readonly labels?: Labels
  readonly summary: string
  readonly description: string
  /** Board that shows what it is about; `undefined` where there is nothing to see. */
  readonly board?: 'overview' | 'pipeline' | 'edges'
}

/** The rule of an alert. */
export function alertRule(alert: Alert, { severity, runbooks, grafana }: RuleOptions): AlertRule {
  const { name, expr, labels, summary, description, board } = alert
  return {
    alert: name,
    expr,
    ...(alert.for !== undefined && { for: alert.for }),
    labels: { severity: severity[alert.severity], ...labels },
    annotations: {
      summary,
      description,
      runbook_url: `${runbooks}${name}.md`,
      ...(board && { dashboard_url: `${grafana}/d/freshet-${board}` }),
    },
  }
}
