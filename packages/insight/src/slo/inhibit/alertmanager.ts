import { ALERTS } from '../alerts.ts'
import type { RuleOptions } from '../rules/rule.ts'
import { INHIBITIONS, matchersOf, type Inhibition } from './inhibitions.ts'

/** A rule of Alertmanager by which a firing alert suppresses others. */
export interface InhibitRule {
  readonly source_matchers: readonly string[]
  readonly target_matchers: readonly string[]
  readonly equal: readonly string[]
}

type Severities = RuleOptions['severity']

/**
 * Each service, source and objective is a notification of its own. A source that is silent in several tenants is one.
 * All burn alerts have one name.
 */
const GROUP_BY = ['alertname', 'cluster', 'service', 'source', 'sloth_slo']

/**
 * A complete configuration of Alertmanager, whose receivers notify no person yet. The wait of a group is the time in
 * which a cause can fire after its symptom.
 */
export function alertmanagerConfig({ severity }: Pick<RuleOptions, 'severity'>): object {
  return {
    route: {
      receiver: 'ticket',
      group_by: GROUP_BY,
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '12h',
      routes: [
        {
          receiver: 'watchdog',
          matchers: [`alertname="${ALERTS.watchdog.name}"`],
          group_wait: '0s',
          group_interval: '1m',
          repeat_interval: '5m',
        },
        { receiver: 'page', matchers: [`severity="${severity.page}"`], repeat_interval: '1h' },
      ],
    },
    receivers: [{ name: 'page' }, { name: 'ticket' }, { name: 'watchdog' }],
    inhibit_rules: inhibitRules(severity),
  }
}

function inhibitRules(severity: Severities): readonly InhibitRule[] {
  const { name } = ALERTS.budgetSlow
  return [
    ...INHIBITIONS.map((each) => inhibitRule(each, severity)),
    // A budget that burns fast also burns slowly.
    {
      source_matchers: [`alertname="${ALERTS.budgetFast.name}"`, `severity="${severity.page}"`],
      target_matchers: [`alertname="${name}"`, `severity="${severity.ticket}"`],
      equal: ['cluster', 'sloth_slo'],
    },
  ]
}

/** A ticket suppresses no page. */
function inhibitRule(
  { cause, of = {}, symptoms, to = {}, equal = [] }: Inhibition,
  severity: Severities,
): InhibitRule {
  const labels = { alertname: ALERTS[cause].name, severity: severity.page, ...of }
  const names = [...new Set(symptoms.map((key) => ALERTS[key].name))]
  return {
    source_matchers: matchersOf(labels),
    target_matchers: [`alertname=~"${names.join('|')}"`, ...matchersOf(to)],
    equal: ['cluster', ...equal],
  }
}
