import type { Alert } from './rules/alert.ts'
import { EDGE_ALERTS } from './rules/edge-alerts.ts'
import { HEALTH_ALERTS } from './rules/health-alerts.ts'
import { PIPELINE_ALERTS } from './rules/pipeline-alerts.ts'
import { PROBE_ALERTS } from './rules/probe-alerts.ts'
import { REFUSAL_ALERTS } from './rules/refusal-alerts.ts'
import { SERVICE_ALERTS } from './rules/service-alerts.ts'

/** Every alert that is about a state, and not about the budget of an objective. */
export const STATE_ALERTS: readonly Alert[] = [
  ...HEALTH_ALERTS,
  ...SERVICE_ALERTS,
  ...EDGE_ALERTS,
  ...REFUSAL_ALERTS,
  ...PIPELINE_ALERTS,
  ...PROBE_ALERTS,
]
