import type { Alert } from './alert.ts'
import { EDGE_ALERTS } from './edge-alerts.ts'
import { HEALTH_ALERTS } from './health-alerts.ts'
import { PIPELINE_ALERTS } from './pipeline-alerts.ts'
import { PROBE_ALERTS } from './probe-alerts.ts'
import { REFUSAL_ALERTS } from './refusal-alerts.ts'
import { SERVICE_ALERTS } from './service-alerts.ts'

/** Every alert that is about a state, and not about the budget of an objective. */
export const STATE_ALERTS: readonly Alert[] = [
  ...HEALTH_ALERTS,
  ...SERVICE_ALERTS,
  ...EDGE_ALERTS,
  ...REFUSAL_ALERTS,
  ...PIPELINE_ALERTS,
  ...PROBE_ALERTS,
]
