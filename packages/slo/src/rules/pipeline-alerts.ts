import type { Alert } from './alert.ts'
import { grew } from './grew.ts'

/** Reasons that say nothing about a change that was meant: nobody proved it, or nobody registered its claim. */
const NOT_MEANT = 'event.unauthentic|event.unmapped'
const PARKED = 'sum by (topic, reason) (freshet_quarantine_records{reason=~'

/** About the way of a change from its source to the revocation topic. */
export const PIPELINE_ALERTS: readonly Alert[] = [
  {
    name: 'FreshetTimeLag',
    severity: 'page',
    expr: [
      'max by (topic, partition) (freshet_consumer_time_lag_seconds) > 5',
      'and',
      'max by (topic, partition) (deriv(freshet_consumer_time_lag_seconds[2m])) > -0.01',
    ].join('\n'),
    for: '2m',
    summary: 'A partition is behind, and does not catch up.',
    description:
      'Partition {{ $labels.partition }} of {{ $labels.topic }} is {{ $value | humanizeDuration }} behind and does not catch up.',
    panel: ['pipeline', 'Time behind'],
  },
  {
    name: 'FreshetOutboxStuck',
    severity: 'page',
    expr: 'max(freshet_outbox_oldest_age_seconds) > 10',
    summary: 'Revocations are recorded and not published.',
    description:
      'The oldest row of the outbox waits for {{ $value | humanizeDuration }}: no edge hears of it.',
    panel: ['pipeline', 'Outbox'],
  },
  {
    name: 'FreshetQuarantine',
    severity: 'page',
    expr: `${PARKED}".+",reason!~"${NOT_MEANT}"}) > 0`,
    for: '5m',
    summary: 'Changes of a source are parked, and have no effect.',
    description:
      '{{ $value }} records of {{ $labels.topic }} wait for somebody: {{ $labels.reason }}.',
    panel: ['pipeline', 'Quarantine'],
  },
  {
    name: 'FreshetQuarantine',
    severity: 'ticket',
    expr: [
      `${PARKED}"${NOT_MEANT}"}) > 0`,
      'unless',
      `${PARKED}"${NOT_MEANT}"} offset 15m) >= ${PARKED}"${NOT_MEANT}"})`,
    ].join('\n'),
    for: '5m',
    summary: 'More is parked that nobody proved or registered.',
    description:
      '{{ $value }} records of {{ $labels.topic }} wait for somebody, more than 15 min ago: {{ $labels.reason }}.',
    panel: ['pipeline', 'Quarantine'],
  },
  {
    name: 'FreshetSourceSilent',
    severity: 'page',
    expr: 'max by (source) (freshet_source_silence_seconds) > 0.5 * max by (source) (freshet_source_lease_seconds)',
    for: '30s',
    summary: 'A source has not been heard for half its lease.',
    description:
      '{{ $labels.source }} was last heard {{ $value | humanizeDuration }} ago. After its lease its claims are unverified everywhere.',
    panel: ['pipeline', 'Silence of sources'],
  },
  {
    name: 'FreshetClockSkew',
    severity: 'ticket',
    expr: 'max by (source) (abs(freshet_clock_skew_seconds)) > 0.5',
    for: '10m',
    summary: 'The clock of a source is off.',
    description:
      'The clock of {{ $labels.source }} differs from that of the broker by {{ $value | humanizeDuration }}.',
    panel: ['pipeline', 'Skew of clocks'],
  },
  {
    name: 'FreshetUnmappedClaims',
    severity: 'ticket',
    expr: 'sum by (source, claim) (increase(freshet_events_total{outcome="unmapped"}[15m])) > 0',
    for: '15m',
    summary: 'A source speaks of a claim that nobody registered.',
    description:
      '{{ $labels.source }} sent {{ $value | humanize }} changes within 15 min of a claim that the registry does not know.',
    panel: ['pipeline', 'Events by outcome'],
  },
  {
    name: 'FreshetCoverageGap',
    severity: 'page',
    expr: grew({ counter: 'freshet_changes_unfinished_total', window: '15m' }),
    summary: 'Changes were accepted, and nobody can say what became of them.',
    description:
      '{{ $value | humanize }} changes have no terminal state 15 min after their append.',
    panel: ['pipeline', 'Changes without an end'],
  },
]
