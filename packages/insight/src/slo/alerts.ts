import type { SloAlert } from '@freshet/protocol/slo'

/** The address before `AlertName.md` of each runbook. */
export const RUNBOOKS_URL = 'https://github.com/freshet/freshet/blob/main/docs/runbooks/'

/** The terms of an alert. Its runbook is the file of its name. */
export interface AlertTerms {
  readonly name: string
  /** `none` notifies no person: it shows that alerts are evaluated. */
  readonly severity: SloAlert | 'none'
  /** In a sentence; of a budget, what follows the name of the objective. */
  readonly summary: string
}

/** The key of an alert. */
export type AlertKey =
  | 'notFresh'
  | 'healthUnknown'
  | 'recordingStopped'
  | 'publishingStopped'
  | 'budgetFast'
  | 'budgetSlow'
  | 'edgesStale'
  | 'edgeStale'
  | 'edgesGone'
  | 'edgeGone'
  | 'edgesUncounted'
  | 'edgeTableFull'
  | 'reportsIgnored'
  | 'denyingUnverified'
  | 'staleAllows'
  | 'timeLag'
  | 'partitionPaused'
  | 'outboxStuck'
  | 'parkedMeant'
  | 'parkedNotMeant'
  | 'sourceSilent'
  | 'clockSkew'
  | 'unmappedClaims'
  | 'coverageGap'
  | 'requestsRefused'
  | 'probeLost'
  | 'probeAbsent'
  | 'serviceDown'
  | 'instanceDown'
  | 'serviceAbsent'
  | 'watchdog'

/**
 * All alerts, once: rules of Prometheus take their names, severities and sentences from here, and the console
 * its colours. One name can stand twice if its severity depends on the extent.
 */
export const ALERTS: Readonly<Record<AlertKey, AlertTerms>> = {
  notFresh: {
    name: 'FreshetNotFresh',
    severity: 'page',
    summary: 'Some claims or edges are not provably fresh.',
  },
  healthUnknown: {
    name: 'FreshetHealthUnknown',
    severity: 'page',
    summary: 'It is unknown if claims are fresh.',
  },
  recordingStopped: {
    name: 'FreshetRecordingStopped',
    severity: 'page',
    summary: 'Recording has stopped: no change takes effect.',
  },
  publishingStopped: {
    name: 'FreshetPublishingStopped',
    severity: 'page',
    summary: 'Publishing has stopped: edges get no heartbeat.',
  },
  budgetFast: {
    name: 'FreshetErrorBudgetBurn',
    severity: 'page',
    summary: 'the error budget burns too fast.',
  },
  budgetSlow: {
    name: 'FreshetErrorBudgetBurn',
    severity: 'ticket',
    summary: 'the error budget burns too fast.',
  },
  edgesStale: {
    name: 'FreshetEdgeStale',
    severity: 'page',
    summary: 'Many edges got no heartbeat for longer than the lease.',
  },
  edgeStale: {
    name: 'FreshetEdgeStale',
    severity: 'ticket',
    summary: 'An edge got no heartbeat for longer than the lease.',
  },
  edgesGone: {
    name: 'FreshetEdgeGone',
    severity: 'page',
    summary: 'Many edges ended without a closing report.',
  },
  edgeGone: {
    name: 'FreshetEdgeGone',
    severity: 'ticket',
    summary: 'An edge ended without a closing report.',
  },
  edgesUncounted: {
    name: 'FreshetEdgesUncounted',
    severity: 'page',
    summary: 'More edges report than are counted: a lag of the others would not be visible.',
  },
  edgeTableFull: {
    name: 'FreshetEdgeTableFull',
    severity: 'page',
    summary: 'An edge has no room for revocations of a tenant: its tokens are unverified there.',
  },
  reportsIgnored: {
    name: 'FreshetEdgeReportsIgnored',
    severity: 'ticket',
    summary: 'Reports of edges are ignored.',
  },
  denyingUnverified: {
    name: 'FreshetDenyingUnverified',
    severity: 'page',
    summary: 'Requests are refused because their tokens are unverified.',
  },
  staleAllows: {
    name: 'FreshetStaleAllows',
    severity: 'page',
    summary: 'A request was allowed after the source had ended its account or session.',
  },
  timeLag: {
    name: 'FreshetTimeLag',
    severity: 'page',
    summary: 'A partition is behind, and does not catch up.',
  },
  partitionPaused: {
    name: 'FreshetPartitionPaused',
    severity: 'page',
    summary:
      'The reconciler cannot record a partition, and tries the same records again and again.',
  },
  outboxStuck: {
    name: 'FreshetOutboxStuck',
    severity: 'page',
    summary: 'Revocations are recorded and not published.',
  },
  parkedMeant: {
    name: 'FreshetQuarantine',
    severity: 'page',
    summary: 'Changes of a source are parked, and have no effect.',
  },
  parkedNotMeant: {
    name: 'FreshetQuarantine',
    severity: 'ticket',
    summary: 'More records without proof or without a registered claim are in quarantine.',
  },
  sourceSilent: {
    name: 'FreshetSourceSilent',
    severity: 'page',
    summary: 'A source sent no heartbeat for half its lease.',
  },
  clockSkew: {
    name: 'FreshetClockSkew',
    severity: 'ticket',
    summary: 'The clock of a source is off.',
  },
  unmappedClaims: {
    name: 'FreshetUnmappedClaims',
    severity: 'ticket',
    summary: 'A source sends a claim that the registry does not have.',
  },
  coverageGap: {
    name: 'FreshetCoverageGap',
    severity: 'page',
    summary: 'Changes were accepted, and their outcome is unknown.',
  },
  requestsRefused: {
    name: 'FreshetRequestsRefused',
    severity: 'ticket',
    summary:
      'A client guesses admin tokens or client secrets, or opens more connections than a service allows.',
  },
  probeLost: {
    name: 'FreshetProbeLost',
    severity: 'page',
    summary: 'Probes on the whole path are lost.',
  },
  probeAbsent: {
    name: 'FreshetProbeAbsent',
    severity: 'page',
    summary: 'No probe tests the whole path.',
  },
  serviceDown: {
    name: 'FreshetServiceDown',
    severity: 'page',
    summary: 'No instance of a service answers.',
  },
  instanceDown: {
    name: 'FreshetServiceDown',
    severity: 'ticket',
    summary: 'One of several instances of a service does not answer.',
  },
  serviceAbsent: {
    name: 'FreshetServiceAbsent',
    severity: 'page',
    summary: 'Prometheus knows no instance of a service.',
  },
  watchdog: {
    name: 'Watchdog',
    severity: 'none',
    summary: 'Alerts are evaluated and sent.',
  },
}

/** The limits from which alerts fire. */
export const ALERT_LIMITS = {
  /** Beyond this share of the edges it is not theirs any more. */
  staleEdges: 0.05,
  /** Beyond this share of edges that ended without a closing report, a person must act now. */
  goneEdges: 0.05,
  /** A partition that is behind for longer. */
  lagMs: 5_000,
  /** A row of the outbox that waits for longer. */
  outboxMs: 10_000,
  /** A source whose clock differs by more. */
  skewMs: 500,
  /** The silence of a source, of its lease. */
  silenceOfLease: 0.5,
  /** Connections a second that the bounds of one service close. */
  refusedPerSecond: 1,
  /** More ignored reports in ten minutes than this are no single record. */
  ignoredReports: 10,
  /** Probes are sent every ten seconds: if none was sent for this long, no console sends them. */
  probeAbsentMs: 120_000,
} as const

/**
 * Reasons of quarantined records without an intended change: the record has no proof, or its claim is not in
 * the registry.
 */
export const NOT_MEANT: readonly string[] = ['event.unauthentic', 'event.unmapped']
