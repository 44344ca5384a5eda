import { PROBE_NAME } from '@freshet/protocol/slo'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { ALERTS, type AlertKey } from '../alerts.ts'

/** Labels that an alert has, or does not have. */
export type AlertMatchers = Readonly<Record<string, string | { readonly not: string }>>

/** Returns the matchers of labels, as Prometheus and Alertmanager read them. */
export function matchersOf(labels: AlertMatchers): readonly string[] {
  return Object.entries(labels).map(([label, value]) =>
    typeof value === 'string' ? `${label}="${value}"` : `${label}!="${value.not}"`,
  )
}

/** While a cause pages, its symptoms notify no person in the same cluster. */
export interface Inhibition {
  readonly cause: AlertKey
  /** Labels of the cause, where not each alert of its name explains the symptoms. */
  readonly of?: AlertMatchers
  readonly symptoms: readonly AlertKey[]
  /** Labels of the symptoms, where the cause does not explain each alert of their names. */
  readonly to?: AlertMatchers
  /** The labels besides `cluster` that both alerts share. */
  readonly equal?: readonly string[]
}

/** Trust ends at every edge, and so do the probes and the objectives. */
const UNTRUSTED: readonly AlertKey[] = ['notFresh', 'denyingUnverified', 'probeLost', 'budgetFast']
/** No heartbeat reaches an edge. */
const UNPUBLISHED: readonly AlertKey[] = ['outboxStuck', 'edgesStale', ...UNTRUSTED]
/** The lag of edges. That of recording has another cause. */
const OF_EDGES = { topic: REVOCATIONS_TOPIC }
/** The tenant of probes: the sources that each token needs send heartbeats for it, too. */
const OF_PROBES = { tenant: PROBE_NAME }
/** No change and no heartbeat is recorded. */
const UNRECORDED: readonly AlertKey[] = [
  'publishingStopped',
  'sourceSilent',
  'timeLag',
  'coverageGap',
  ...UNPUBLISHED,
]

/**
 * Causes and their symptoms. Absent targets are no cause: jobs of other names would hide every symptom. No alert about
 * a request that was wrongly allowed is a symptom.
 */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    cause: 'serviceDown',
    of: { service: 'reconciler' },
    symptoms: ['recordingStopped', ...UNRECORDED],
  },
  // The view of an edge ages if no source sends a heartbeat.
  {
    cause: 'serviceDown',
    of: { service: 'gateway' },
    symptoms: ['sourceSilent', 'edgesStale', ...UNTRUSTED],
  },
  { cause: 'serviceDown', of: { service: 'authority' }, symptoms: ['probeLost', 'budgetFast'] },
  {
    cause: 'serviceDown',
    of: { service: 'console' },
    symptoms: ['healthUnknown', 'probeAbsent'],
  },
  {
    cause: 'serviceDown',
    of: { service: 'sidecar' },
    symptoms: ['edgesGone', 'edgesStale', 'probeLost', 'budgetFast'],
  },
  // The console knows nothing newer either while the database is away.
  { cause: 'recordingStopped', symptoms: ['healthUnknown', ...UNRECORDED] },
  { cause: 'publishingStopped', symptoms: UNPUBLISHED },
  { cause: 'publishingStopped', symptoms: ['timeLag'], to: OF_EDGES },
  // The lag of one partition is no symptom of another one.
  { cause: 'partitionPaused', symptoms: ['timeLag'], equal: ['partition'] },
  { cause: 'partitionPaused', symptoms: ['sourceSilent', 'coverageGap', ...UNTRUSTED] },
  { cause: 'outboxStuck', symptoms: ['edgesStale', ...UNTRUSTED] },
  { cause: 'outboxStuck', symptoms: ['timeLag'], to: OF_EDGES },
  { cause: 'sourceSilent', symptoms: ['notFresh', 'denyingUnverified', 'budgetFast'] },
  { cause: 'sourceSilent', of: OF_PROBES, symptoms: ['probeLost'] },
  // A source that is silent for real tenants is silent for probes too.
  {
    cause: 'sourceSilent',
    of: { tenant: { not: PROBE_NAME } },
    symptoms: ['sourceSilent'],
    to: OF_PROBES,
    equal: ['source'],
  },
  { cause: 'edgesStale', symptoms: UNTRUSTED },
  { cause: 'edgesGone', symptoms: ['probeLost', 'budgetFast'] },
  { cause: 'probeLost', symptoms: ['budgetFast'] },
]

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
