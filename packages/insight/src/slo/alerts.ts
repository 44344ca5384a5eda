import type { SloAlert } from '@freshet/protocol/slo'

/** The address of the folder of the runbooks. */
export const RUNBOOKS_URL = 'https://github.com/freshet/freshet/blob/main/docs/runbooks/'

/** The pages of `docs/runbooks` with the alerts that each has a section for. A test compares them with the pages. */
export const RUNBOOK_PAGES: Readonly<Record<string, readonly string[]>> = {
  services: ['FreshetServiceDown', 'FreshetServiceAbsent', 'FreshetRequestsRefused'],
  sources: [
    'FreshetSourceSilent',
    'FreshetClockSkew',
    'FreshetQuarantine',
    'FreshetUnmappedClaims',
  ],
  recording: [
    'FreshetRecordingStopped',
    'FreshetPublishingStopped',
    'FreshetOutboxStuck',
    'FreshetPartitionPaused',
    'FreshetTimeLag',
  ],
  edges: [
    'FreshetEdgeStale',
    'FreshetEdgeGone',
    'FreshetDenyingUnverified',
    'FreshetStaleAllows',
    'FreshetEdgeTableFull',
    'FreshetEdgeReportsIgnored',
    'FreshetEdgesUncounted',
  ],
  verdict: [
    'FreshetNotFresh',
    'FreshetHealthUnknown',
    'FreshetErrorBudgetBurn',
    'FreshetCoverageGap',
    'FreshetProbeLost',
    'FreshetProbeAbsent',
    'Watchdog',
  ],
}

/**
 * Returns the path of a runbook below their folder: the section of an alert. The list of the runbooks stands for an
 * alert that this build does not know.
 */
export function runbookPath(alert: string): string {
  const page = Object.keys(RUNBOOK_PAGES).find((name) => RUNBOOK_PAGES[name]?.includes(alert))
  return page === undefined ? 'README.md' : `${page}.md#${alert.toLowerCase()}`
}

/** An alert of `infra/prometheus`, as far as code reads it. */
interface AlertName {
  readonly name: string
  /** `none` notifies no person: it shows that alerts are evaluated. */
  readonly severity: SloAlert | 'none'
}

/**
 * All alerts by a key, from which the console takes its colours. One name can be here twice if its severity depends
 * on the extent. A test compares them with the rules of Prometheus.
 */
export const ALERTS = {
  notFresh: { name: 'FreshetNotFresh', severity: 'page' },
  healthUnknown: { name: 'FreshetHealthUnknown', severity: 'page' },
  recordingStopped: { name: 'FreshetRecordingStopped', severity: 'page' },
  publishingStopped: { name: 'FreshetPublishingStopped', severity: 'page' },
  budgetFast: { name: 'FreshetErrorBudgetBurn', severity: 'page' },
  budgetSlow: { name: 'FreshetErrorBudgetBurn', severity: 'ticket' },
  edgesStale: { name: 'FreshetEdgeStale', severity: 'page' },
  edgeStale: { name: 'FreshetEdgeStale', severity: 'ticket' },
  edgesGone: { name: 'FreshetEdgeGone', severity: 'page' },
  edgeGone: { name: 'FreshetEdgeGone', severity: 'ticket' },
  edgesUncounted: { name: 'FreshetEdgesUncounted', severity: 'page' },
  edgeTableFull: { name: 'FreshetEdgeTableFull', severity: 'page' },
  reportsIgnored: { name: 'FreshetEdgeReportsIgnored', severity: 'ticket' },
  denyingUnverified: { name: 'FreshetDenyingUnverified', severity: 'page' },
  staleAllows: { name: 'FreshetStaleAllows', severity: 'page' },
  timeLag: { name: 'FreshetTimeLag', severity: 'page' },
  partitionPaused: { name: 'FreshetPartitionPaused', severity: 'page' },
  outboxStuck: { name: 'FreshetOutboxStuck', severity: 'page' },
  parkedMeant: { name: 'FreshetQuarantine', severity: 'page' },
  parkedNotMeant: { name: 'FreshetQuarantine', severity: 'ticket' },
  sourceSilent: { name: 'FreshetSourceSilent', severity: 'page' },
  clockSkew: { name: 'FreshetClockSkew', severity: 'ticket' },
  unmappedClaims: { name: 'FreshetUnmappedClaims', severity: 'ticket' },
  coverageGap: { name: 'FreshetCoverageGap', severity: 'page' },
  requestsRefused: { name: 'FreshetRequestsRefused', severity: 'ticket' },
  probeLost: { name: 'FreshetProbeLost', severity: 'page' },
  probeAbsent: { name: 'FreshetProbeAbsent', severity: 'page' },
  serviceDown: { name: 'FreshetServiceDown', severity: 'page' },
  instanceDown: { name: 'FreshetServiceDown', severity: 'ticket' },
  serviceAbsent: { name: 'FreshetServiceAbsent', severity: 'page' },
  watchdog: { name: 'Watchdog', severity: 'none' },
} as const satisfies Readonly<Record<string, AlertName>>

/** The key of an alert. */
export type AlertKey = keyof typeof ALERTS

/** The limits from which an alert fires and the console reports a finding. A test compares them with the rules. */
export const ALERT_LIMITS = {
  /** Beyond this share of the edges it is not theirs any more. */
  staleEdges: 0.05,
  /** A partition that is behind for longer. */
  lagMs: 5_000,
  /** A row of the outbox that waits for longer. */
  outboxMs: 10_000,
  /** A source whose clock differs by more. */
  skewMs: 500,
  /** Probes are sent every ten seconds: if none was sent for this long, no console sends them. */
  probeAbsentMs: 120_000,
} as const

/**
 * Reasons of quarantined records without an intended change: the record has no proof, or its claim is not in
 * the registry.
 */
export const NOT_MEANT: readonly string[] = ['event.unauthentic', 'event.unmapped']
