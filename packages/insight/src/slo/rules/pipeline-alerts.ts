import { ALERT_LIMITS, ALERTS, NOT_MEANT as NOT_MEANT_REASONS } from '../alerts.ts'
import type { Alert } from './alert.ts'
import { grew } from './grew.ts'

/** The lease of each source with its owner. Two consoles can have loaded two registries, and so two owners: one is taken. */
const OWNED_LEASE =
  'topk by (cluster, source) (1, max by (cluster, source, owner, contact) (freshet_source_lease_seconds))'

/** Adds the owner and the contact of its source to each series; those of an unknown source stay as they are. */
function withOwner(expression: string): string {
  return [
    `(${expression})`,
    `* on (cluster, source) group_left (owner, contact) (${OWNED_LEASE} ^ 0)`,
    'or',
    `(${expression}) unless on (cluster, source) freshet_source_lease_seconds`,
  ].join('\n')
}

const SECOND_MS = 1_000
const NOT_MEANT = NOT_MEANT_REASONS.join('|')
const PARKED = 'sum by (cluster, topic, reason) (freshet_quarantine_records{reason=~'

/** About the way of a change from its source to the revocation topic. */
export const PIPELINE_ALERTS: readonly Alert[] = [
  {
    ...ALERTS.timeLag,
    expr: [
      `max by (cluster, topic, partition) (freshet_consumer_time_lag_seconds) > ${ALERT_LIMITS.lagMs / SECOND_MS}`,
      'and',
      'max by (cluster, topic, partition) (deriv(freshet_consumer_time_lag_seconds[2m])) > -0.01',
    ].join('\n'),
    for: '2m',
    description:
      'Partition {{ $labels.partition }} of {{ $labels.topic }} has a lag of {{ $value | humanizeDuration }} and does not catch up.',
    panel: ['pipeline', 'Lag'],
  },
  {
    ...ALERTS.partitionPaused,
    expr: 'min by (cluster, partition) (freshet_recording_paused) > 0',
    for: '30s',
    description:
      'Partition {{ $labels.partition }} is not recorded: its changes wait, and its sources become unverified. `freshet doctor` names the record and the error.',
    panel: ['pipeline', 'Lag'],
  },
  {
    ...ALERTS.outboxStuck,
    expr: `max by (cluster) (freshet_outbox_oldest_age_seconds) > ${ALERT_LIMITS.outboxMs / SECOND_MS}`,
    for: '15s',
    description:
      'The oldest row of the outbox waits for {{ $value | humanizeDuration }}: no edge has it.',
    panel: ['pipeline', 'Outbox'],
  },
  {
    ...ALERTS.parkedMeant,
    expr: `${PARKED}".+",reason!~"${NOT_MEANT}"}) > 0`,
    for: '5m',
    description:
      '{{ $value }} records of {{ $labels.topic }} wait for an operator: {{ $labels.reason }}.',
    panel: ['pipeline', 'Quarantine'],
  },
  {
    ...ALERTS.parkedNotMeant,
    expr: [
      `${PARKED}"${NOT_MEANT}"}) > 0`,
      'unless',
      `${PARKED}"${NOT_MEANT}"} offset 15m) >= ${PARKED}"${NOT_MEANT}"})`,
    ].join('\n'),
    for: '5m',
    description:
      '{{ $value }} records of {{ $labels.topic }} wait for an operator, for more than 15 min: {{ $labels.reason }}.',
    panel: ['pipeline', 'Quarantine'],
  },
  {
    ...ALERTS.sourceSilent,
    expr: [
      'max by (cluster, tenant, source) (freshet_source_silence_seconds)',
      '> on (cluster, source) group_left (owner, contact)',
      `${ALERT_LIMITS.silenceOfLease} * ${OWNED_LEASE}`,
    ].join('\n'),
    for: '30s',
    description:
      'The last heartbeat of {{ $labels.source }} in the tenant {{ $labels.tenant }} is {{ $value | humanizeDuration }} old. Its owner is {{ $labels.owner }} ({{ $labels.contact }}). After its lease its claims are unverified everywhere.',
    panel: ['pipeline', 'Silence of sources'],
  },
  {
    ...ALERTS.clockSkew,
    expr: withOwner('max by (cluster, source) (abs(freshet_clock_skew_seconds)) > 0.5'),
    for: '10m',
    description:
      'The clock of {{ $labels.source }} differs from that of the broker by {{ $value | humanizeDuration }}.',
    panel: ['pipeline', 'Clock skew'],
  },
  {
    ...ALERTS.unmappedClaims,
    expr: withOwner(
      'sum by (cluster, source, claim) (increase(freshet_events_total{outcome="unmapped"}[15m])) > 0',
    ),
    for: '15m',
    description:
      '{{ $labels.source }} sent {{ $value | humanize }} changes within 15 min of a claim that the registry does not know.',
    panel: ['pipeline', 'Events by outcome'],
  },
  {
    ...ALERTS.coverageGap,
    expr: grew({ counter: 'freshet_changes_unfinished_total', window: '15m' }),
    window: '15m',
    description:
      '{{ $value | humanize }} changes have no terminal state 15 min after their append.',
    panel: ['pipeline', 'Changes without an outcome'],
  },
]
