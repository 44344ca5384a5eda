/** Labels or annotations. */
export type Labels = Readonly<Record<string, string>>

/** A rule of Prometheus, as its rule files have it. */
export type Rule = RecordingRule | AlertRule

/** Stores the answer of a query under a name. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
  readonly labels?: Labels
}

/** A rule that fires as long as a query answers anything. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  /** The time that the query must answer before the alert fires. */
  readonly for?: string
  readonly labels: Labels
  readonly annotations: Labels
}

/** Rules that are evaluated one after the other. */
export interface RuleGroup {
  readonly name: string
  readonly interval?: string
  readonly rules: readonly Rule[]
}

/** A rule of Alertmanager by which a firing alert, the cause, suppresses others, its symptoms. */
export interface InhibitRule {
  /** The name of the cause, that it pages, and its labels where not each alert of its name explains the symptoms. */
  readonly source_matchers: readonly string[]
  /** The names of the symptoms, and their labels where the cause does not explain each alert of their names. */
  readonly target_matchers: readonly string[]
  readonly equal: readonly string[]
}

/** A configuration of Alertmanager, as far as code reads it. */
export interface AlertmanagerConfig {
  readonly inhibit_rules: readonly InhibitRule[]
}

/** Returns the names of alerts that the first of some matchers selects. */
export function alertNames([first = '']: readonly string[]): readonly string[] {
  return /^alertname=~?"(.+)"$/.exec(first)?.[1]?.split('|') ?? []
}

/**
 * Leaves out of the query of an alert what a cause explains that pages, or did within the window, such as `5m`.
 * Alertmanager suppresses a symptom while its cause fires; without this, the symptom would notify a person when the
 * cause ends. A cause that explains some series of the alert alone is not used.
 */
export function unlessExplained(
  expr: string,
  name: string,
  window: string,
  rules: readonly InhibitRule[],
): string {
  const causes = rules
    .filter(
      ({ target_matchers: targets, equal }) =>
        targets.length === 1 && equal.length === 1 && alertNames(targets).includes(name),
    )
    .map(({ source_matchers: [cause = '', page, ...labels] }) => ({
      name: alertNames([cause])[0] ?? '',
      labels: [page, ...labels],
      isWhole: labels.length === 0,
    }))
  if (causes.length === 0) return expr
  const paged = (names: readonly string[], labels: readonly (string | undefined)[]): string => {
    const matchers = [`alertname=~"${names.join('|')}"`, 'alertstate="firing"', ...labels]
    return `max by (cluster) (max_over_time(ALERTS{${matchers.join(',')}}[${window}]))`
  }
  const whole = causes.filter(({ isWhole }) => isWhole)
  const names = [...new Set(whole.map((cause) => cause.name))]
  const parts = [
    ...whole.slice(0, 1).map(({ labels }) => paged(names, labels)),
    ...causes.filter(({ isWhole }) => !isWhole).map((each) => paged([each.name], each.labels)),
  ]
  return [`(${expr})`, 'unless on (cluster) (', parts.join('\nor\n'), ')'].join('\n')
}
