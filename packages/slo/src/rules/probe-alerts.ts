import type { Alert } from './alert.ts'

/** About the probes, and about the alerts themselves. */
export const PROBE_ALERTS: readonly Alert[] = [
  {
    name: 'FreshetProbeLost',
    severity: 'page',
    expr: 'sum(increase(freshet_probe_lost_total[5m])) / (sum(increase(freshet_probe_sent_total[5m])) > 0) > 0.01',
    summary: 'Probes on the whole path are lost.',
    description:
      '{{ $value | humanizePercentage }} of the probes of the last 5 min were not answered as they should be.',
    panel: ['overview', 'Probes'],
  },
  {
    name: 'FreshetProbeAbsent',
    severity: 'page',
    expr: 'absent(freshet_probe_sent_total)\nor\nsum(increase(freshet_probe_sent_total[2m])) == 0',
    for: '2m',
    summary: 'Nobody probes the whole path.',
    description: 'No probe was sent for minutes: in a quiet hour an outage would not be seen.',
    panel: ['overview', 'Probes'],
  },
  {
    name: 'Watchdog',
    severity: 'none',
    expr: 'vector(1)',
    summary: 'Alerts are evaluated and sent.',
    description: 'Always fires. Something outside tells somebody when it stops.',
  },
]
