import type { SloEntry } from '../read/slo-of.ts'
import { boardsOf } from '../boards/boards.ts'
import { promisesOf } from '../boards/promises.ts'
import { withSelection } from '../scope/selector.ts'
import { alertRule, type Alert } from './alert.ts'
import { burnAlerts } from './burn-alerts.ts'
import { EDGE_ALERTS } from './edge-alerts.ts'
import { REFUSAL_ALERTS } from './refusal-alerts.ts'
import { PIPELINE_ALERTS } from './pipeline-alerts.ts'
import { PROBE_ALERTS } from './probe-alerts.ts'
import { HEALTH_ALERTS } from './health-alerts.ts'
import { SERVICE_ALERTS } from './service-alerts.ts'
import { recordingGroups } from './recording-rules.ts'
import type { RuleGroup, RuleOptions } from './rule.ts'

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
