import { ALERT_LIMITS, ALERTS } from '../alerts.ts'
import type { Alert } from './alert.ts'
import { grew } from './grew.ts'

const GUESSED = ['freshet_admin_tokens_refused_total', 'freshet_client_credentials_refused_total']
  .map((counter) => grew({ counter, labels: 'reason="limited"', window: '10m' }))
  .join('\nor\n')
const CONNECTIONS = `max by (cluster) (sum by (cluster, instance) (rate(freshet_connections_refused_total[5m]))) > ${ALERT_LIMITS.refusedPerSecond}`

/** About requests that a service refuses before it knows who sends them. */
export const REFUSAL_ALERTS: readonly Alert[] = [
  {
    ...ALERTS.requestsRefused,
    expr: `${GUESSED}\nor\n${CONNECTIONS}`,
    description:
      'A service refused {{ $value | humanize }}: admin tokens or client credentials of the last 10 min beyond the limit on wrong ones, or connections a second.',
    panel: ['pipeline', 'Refused before a route'],
  },
]
