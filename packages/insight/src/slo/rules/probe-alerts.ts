import { ALERT_LIMITS, ALERTS } from '../alerts.ts'
import type { Alert } from './alert.ts'

const ABSENT = `${ALERT_LIMITS.probeAbsentMs / 60_000}m`

/** About the probes, and about the alerts themselves. */
export const PROBE_ALERTS: readonly Alert[] = [
  {
    ...ALERTS.probeLost,
    expr: 'max by (cluster, claim) (freshet_probe_broken) == 1',
    for: '30s',
    window: '1m',
    description:
      'The probes of {{ $labels.claim }} fail. `freshet status` names the step and the edge.',
    panel: ['overview', 'Probes'],
  },
  {
    ...ALERTS.probeAbsent,
    // A console without probes has no such counter.
    expr: `sum by (cluster) (increase(freshet_probe_sent_total[${ABSENT}])) == 0`,
    for: '2m',
    description: 'No probe was sent for minutes: without traffic, an outage would not be detected.',
    panel: ['overview', 'Probes'],
  },
  {
    ...ALERTS.watchdog,
    expr: 'vector(1)',
    description:
      'This alert always fires. A monitor outside of Prometheus must notify a person when it stops.',
  },
]
