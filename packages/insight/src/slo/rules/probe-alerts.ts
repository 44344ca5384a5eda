import { ALERT_LIMITS, ALERTS } from '../alerts.ts'
import type { Alert } from './alert.ts'

const ABSENT = `${ALERT_LIMITS.probeAbsentMs / 60_000}m`

/** About the probes, and about the alerts themselves. */
export const PROBE_ALERTS: readonly Alert[] = [
  {
    ...ALERTS.probeLost,
    expr: 'sum by (cluster) (increase(freshet_probe_lost_total[5m])) / (sum by (cluster) (increase(freshet_probe_sent_total[5m])) > 0) > 0.01',
    for: '1m',
    description: '{{ $value | humanizePercentage }} of the probes of the last 5 min failed.',
    panel: ['overview', 'Probes'],
  },
  {
    ...ALERTS.probeAbsent,
    expr: `absent(freshet_probe_sent_total)\nor\nsum by (cluster) (increase(freshet_probe_sent_total[${ABSENT}])) == 0`,
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
