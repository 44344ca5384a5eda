import type { SloEntry } from '../read/slo-of.ts'
import { boardsOf } from '../boards/boards.ts'
import { promisesOf } from '../boards/promises.ts'
import { withSelection } from '../scope/selector.ts'
import { alertRule, type Alert } from './alert.ts'
import { EDGE_ALERTS } from './edge-alerts.ts'
import { REFUSAL_ALERTS } from './refusal-alerts.ts'
import { PIPELINE_ALERTS } from './pipeline-alerts.ts'
import { PROBE_ALERTS } from './probe-alerts.ts'
import { HEALTH_ALERTS } from './health-alerts.ts'
import { SERVICE_ALERTS } from './service-alerts.ts'
import { recordingGroups } from './recording-rules.ts'
import type { RuleGroup, RuleOptions } from './rule.ts'
import {
  allowedErrors,
  BAD_EVENTS_MIN,
  type BurnRow,
  type Slo,
  type SloAlert,
} from '@freshet/protocol/slo'
import { ALERTS } from '../alerts.ts'
import { unlessExplained } from '../inhibit/inhibitions.ts'
import { sloLabels, sloSelector } from './slo-labels.ts'

/** An increase is extrapolated to its window, and so hardly ever a whole number. */
const HALF = 0.5

/**
 * Up to two alerts for an objective: one for each of its severities. A page is about what no other page explains, so
 * each of its rows ends with the cause; `page` is the severity of pages.
 */
function burnAlerts({ slo, rows }: SloEntry, page: string): readonly Alert[] {
  return slo.alerts.map((severity) => {
    const own = rows.filter((row) => row.severity === severity)
    const expressionOf = (row: BurnRow): string => {
      const { short: window } = row
      const expr = burning(slo, row)
      return severity === 'page' ? unlessExplained(expr, { name, window, page }) : expr
    }
    const { name, summary } = severity === 'page' ? ALERTS.budgetFast : ALERTS.budgetSlow
    return {
      name,
      severity,
      isExplained: true,
      expr: own.map((row) => `(\n${expressionOf(row)}\n)`).join('\nor\n'),
      labels: {
        ...sloLabels(slo),
        sloth_severity: severity,
        ...(slo.class && { class: slo.class }),
      },
      summary: `${slo.name}: ${summary}`,
      description: descriptionOf(slo, severity, own),
      panel: ['overview', 'Burn by window'],
      choice: ['objective', slo.name],
    }
  })
}

/** Both windows burn faster than the factor, and the long one holds enough bad events to mean something. */
function burning(slo: Slo, { long, short, factor }: BurnRow): string {
  const own = `{${sloSelector(slo)}}`
  const limit = `(${factor} * ${allowedErrors(slo.target)})`
  const recorded = (name: string, above: string): string =>
    `  max(${name}${own} > ${above}) without (sloth_window)`
  return [
    recorded(`slo:sli_error:ratio_rate${short}`, limit),
    recorded(`slo:sli_error:ratio_rate${long}`, limit),
    recorded(`slo:bad_events:increase${long}`, String(BAD_EVENTS_MIN - HALF)),
  ].join('\n  and\n')
}

function descriptionOf(slo: Slo, severity: SloAlert, rows: readonly BurnRow[]): string {
  const spent = rows
    .map((row) => `${row.spent * 100} % of its budget within ${row.long}`)
    .join(', or ')
  const share = '{{ $value | humanizePercentage }}'
  return `${slo.description} ${share} of the last minutes missed that: at this rate ${spent} is gone (${severity}).`
}

/** The groups of both files of rules. */
export interface RuleFiles {
  /** The recording rules of each objective. */
  readonly slos: readonly RuleGroup[]
  /** The alerts. */
  readonly alerts: readonly RuleGroup[]
}

/** The rules of some objectives. */
export function ruleFiles(entries: readonly SloEntry[], options: RuleOptions): RuleFiles {
  const boards = boardsOf(promisesOf(entries))
  const group = (name: string, alerts: readonly Alert[]): RuleGroup => {
    return { name, rules: alerts.map((alert) => alertRule(alert, options, boards)) }
  }
  const scoped = ({ rules, ...others }: RuleGroup): RuleGroup => ({
    ...others,
    rules: rules.map((rule) => ({
      ...rule,
      expr: withSelection(rule.expr, options.selections.rules),
    })),
  })
  return {
    slos: entries.flatMap(recordingGroups).map(scoped),
    alerts: [
      group('freshet-health', HEALTH_ALERTS),
      group(
        'freshet-budgets',
        entries.flatMap((entry) => burnAlerts(entry, options.severity.page)),
      ),
      group('freshet-services', SERVICE_ALERTS),
      group('freshet-edges', EDGE_ALERTS),
      group('freshet-refusals', REFUSAL_ALERTS),
      group('freshet-pipeline', PIPELINE_ALERTS),
      group('freshet-probes', PROBE_ALERTS),
    ].map(scoped),
  }
}

/** The same for the operator of Prometheus on Kubernetes. */
export function prometheusRule({ slos, alerts }: RuleFiles): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'freshet', labels: { 'app.kubernetes.io/part-of': 'freshet' } },
    spec: { groups: [...slos, ...alerts] },
  }
}
