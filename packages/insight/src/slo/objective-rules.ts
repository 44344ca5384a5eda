import {
  allowedErrors,
  BAD_EVENTS_MIN,
  BURN_WINDOWS,
  type BurnRow,
  type Slo,
  type SloAlert,
} from '@freshet/protocol/slo'
import { ALERTS, runbookPath, RUNBOOKS_URL } from './alerts.ts'
import type { SloEntry } from './read/read-slos.ts'
import {
  unlessExplained,
  type AlertRule,
  type InhibitRule,
  type Labels,
  type RecordingRule,
  type RuleGroup,
} from './rules.ts'

/** The group of the alerts about budgets. */
export const BUDGETS = 'freshet-budgets'

/** The rules that are made from objectives: what is recorded of each, and the alerts about their budgets. */
export function objectiveRules(
  entries: readonly SloEntry[],
  inhibitRules: readonly InhibitRule[],
): readonly RuleGroup[] {
  const alerts = entries.flatMap((entry) => burnAlerts(entry, inhibitRules))
  return [...entries.flatMap(recordingGroups), { name: BUDGETS, rules: alerts }]
}

/** The service that the objectives are about. */
const SERVICE = 'freshet'

/** The labels by which boards made for sloth find an objective. */
function sloLabels({ name }: Slo): Labels {
  return { sloth_id: `${SERVICE}-${name}`, sloth_service: SERVICE, sloth_slo: name }
}

/** The same as a selector, without its braces. */
function sloSelector(slo: Slo): string {
  return Object.entries(sloLabels(slo))
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')
}

/** The window of a budget as Prometheus writes it: weeks where it is whole ones. */
function periodOf({ windowDays }: Slo): string {
  return windowDays % 7 === 0 ? `${windowDays / 7}w` : `${windowDays}d`
}

/** Good and valid of each minute, where a measurement has no counters. */
const MINUTE_GOOD = 'freshet:sli_good:count1m'
/** See {@link MINUTE_GOOD}. */
const MINUTE_VALID = 'freshet:sli_valid:count1m'

/**
 * The edges whose view stayed young enough in the minute before, and all of them. The objective has the same for a
 * single cluster.
 */
function minuteCounts({ slo }: SloEntry): { readonly good: string; readonly valid: string } {
  const oldest =
    'max by (cluster, edge) (max_over_time(freshet_edge_view_age_seconds{state!="starting"}[1m]))'
  const valid = `count by (cluster) (${oldest})`
  const limit = (slo.thresholdMs ?? Number.NaN) / 1_000
  return { good: `count by (cluster) (${oldest} <= ${limit}) or 0 * ${valid}`, valid }
}

/** Bad of valid within a window. Answers nothing where nothing was valid: silence is not a zero. */
function errorRatio(entry: SloEntry, window: string): string {
  const { counter, good, bad, total } = entry.queries
  if (!counter)
    return `1 - (${minutes(entry, MINUTE_GOOD, window)} / (${minutes(entry, MINUTE_VALID, window)} > 0))`
  const valid = `(sum by (cluster) (rate(${total}[${window}])) > 0)`
  if (good !== undefined) return `1 - (sum by (cluster) (rate(${good}[${window}])) / ${valid})`
  const rate = (of: string | undefined): string => `sum by (cluster) (rate(${of}[${window}]))`
  return `(${orZero(rate(bad), rate(total))} / ${valid})`
}

/** The number of bad events in a window. */
function badEvents(entry: SloEntry, window: string): string {
  const { counter, good, bad, total } = entry.queries
  if (!counter)
    return `${minutes(entry, MINUTE_VALID, window)} - ${minutes(entry, MINUTE_GOOD, window)}`
  const increase = (of: string | undefined): string =>
    `sum by (cluster) (increase(${of}[${window}]))`
  return good === undefined
    ? orZero(increase(bad), increase(total))
    : `${increase(total)} - ${increase(good)}`
}

function minutes({ slo }: SloEntry, record: string, window: string): string {
  return `sum by (cluster) (sum_over_time(${record}{${sloSelector(slo)}}[${window}]))`
}

/** A counter that never counted is not there yet, in a cluster that has the total. */
function orZero(expression: string, total: string): string {
  return `(${expression} or 0 * ${total})`
}

/** A ratio over weeks hardly moves, and takes a while to compute. */
const PERIOD_INTERVAL = '5m'
/** The interval of measurements that are taken each minute. */
const MINUTE_INTERVAL = '1m'

/**
 * The recording rules of an objective. Names and labels are those of sloth, so boards made for it work as
 * they are; the ratio of the period weighs every event alike, where sloth takes the mean of the ratios of 5
 * minutes.
 */
function recordingGroups(entry: SloEntry): readonly RuleGroup[] {
  const { slo, queries } = entry
  const windows = Object.keys(BURN_WINDOWS).map((window) => ratioRule(entry, window))
  const bad = [...new Set(entry.rows.map(({ long }) => long))].map((long) => badRule(entry, long))
  const period = [ratioRule(entry, periodOf(slo))]
  return [
    ...(queries.counter ? [] : [minuteGroup(entry)]),
    { name: `freshet-sli-${slo.name}`, rules: [...windows, ...bad] },
    { name: `freshet-period-${slo.name}`, interval: PERIOD_INTERVAL, rules: period },
    { name: `freshet-slo-${slo.name}`, rules: metaRules(entry) },
  ]
}

function minuteGroup(entry: SloEntry): RuleGroup {
  const { slo } = entry
  const labels = sloLabels(slo)
  const { good, valid } = minuteCounts(entry)
  const rules = [
    { record: MINUTE_GOOD, expr: good, labels },
    { record: MINUTE_VALID, expr: valid, labels },
  ]
  return { name: `freshet-minutes-${slo.name}`, interval: MINUTE_INTERVAL, rules }
}

function ratioRule(entry: SloEntry, window: string): RecordingRule {
  const labels = { ...sloLabels(entry.slo), sloth_window: window }
  return { record: `slo:sli_error:ratio_rate${window}`, expr: errorRatio(entry, window), labels }
}

function badRule(entry: SloEntry, window: string): RecordingRule {
  const labels = { ...sloLabels(entry.slo), sloth_window: window }
  return { record: `slo:bad_events:increase${window}`, expr: badEvents(entry, window), labels }
}

function metaRules({ slo }: SloEntry): readonly RecordingRule[] {
  const labels = sloLabels(slo)
  const own = `{${sloSelector(slo)}}`
  const burn = (window: string): string =>
    `slo:sli_error:ratio_rate${window}${own} / on(sloth_id, sloth_service, sloth_slo) group_left() slo:error_budget:ratio${own}`
  const constant = (record: string, value: number): RecordingRule => {
    return { record, expr: `vector(${value})`, labels }
  }
  return [
    constant('slo:objective:ratio', slo.target),
    constant('slo:error_budget:ratio', allowedErrors(slo.target)),
    constant('slo:time_period:days', slo.windowDays),
    { record: 'slo:current_burn_rate:ratio', expr: burn('5m'), labels },
    { record: 'slo:period_burn_rate:ratio', expr: burn(periodOf(slo)), labels },
    {
      record: 'slo:period_error_budget_remaining:ratio',
      expr: `1 - slo:period_burn_rate:ratio${own}`,
      labels,
    },
    {
      record: 'sloth_slo_info',
      expr: 'vector(1)',
      labels: {
        ...labels,
        sloth_mode: 'freshet',
        sloth_objective: percentOf(slo.target),
        sloth_spec: 'openslo/v1',
        sloth_version: 'none',
      },
    },
  ]
}

/** 99.9 and not 99.89999999999999. */
function percentOf(target: number): string {
  return String(Number((target * 100).toFixed(6)))
}

/** An increase is extrapolated to its window, and so hardly ever a whole number. */
const HALF = 0.5

/**
 * Up to two alerts for an objective: one for each of its severities. A page is about what no other page explains, so
 * each of its rows ends with the causes of the inhibit rules.
 */
function burnAlerts(
  { slo, rows }: SloEntry,
  inhibitRules: readonly InhibitRule[],
): readonly AlertRule[] {
  const { name } = ALERTS.budgetFast
  return slo.alerts.map((severity) => {
    const own = rows.filter((row) => row.severity === severity)
    const expressionOf = (row: BurnRow): string => {
      const expr = burning(slo, row)
      return severity === 'page' ? unlessExplained(expr, name, row.short, inhibitRules) : expr
    }
    return {
      alert: name,
      expr: own.map((row) => `(\n${expressionOf(row)}\n)`).join('\nor\n'),
      labels: {
        severity,
        ...sloLabels(slo),
        sloth_severity: severity,
        ...(slo.class && { class: slo.class }),
      },
      annotations: {
        summary: `${slo.name}: the error budget burns too fast.`,
        description: descriptionOf(slo, severity, own),
        runbook_url: `${RUNBOOKS_URL}${runbookPath(name)}`,
        dashboard: 'Freshet / Overview, panel “Burn by window”',
      },
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
