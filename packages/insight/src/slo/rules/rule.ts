import { RUNBOOKS_URL } from '../alerts.ts'
import { selectionsOf, type Selection } from '../scope/selector.ts'

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

/** Names of others for what is ours; the defaults are those of the files in this repository. */
export interface RuleOptions {
  /**
   * The values of the label `severity` for alerts that page, for those that open a ticket, and for the
   * Watchdog.
   */
  readonly severity: { readonly page: string; readonly ticket: string; readonly none: string }
  /** The text before `AlertName.md` in `runbook_url`. */
  readonly runbooks: string
  /** The text before the path of a board in `dashboard_url`; without it, no alert has this annotation. */
  readonly grafana?: string | undefined
  /** The matchers of every selector, of rules and of boards. */
  readonly selections: { readonly rules: Selection; readonly boards: Selection }
}

/** As the files in this repository are made. */
export const DEFAULT_OPTIONS: RuleOptions = {
  severity: { page: 'page', ticket: 'ticket', none: 'none' },
  runbooks: RUNBOOKS_URL,
  selections: selectionsOf([]),
}
