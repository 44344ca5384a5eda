import type { ClientBudgets, Entrance } from '@freshet/authority'
import type { AnsweredRequest } from '@freshet/runtime'
import { entranceMetrics, httpMetrics, limitMetrics, type Metrics } from '@freshet/telemetry'

/** Registers what the service measures. Returns what counts each answered request. */
export function registerMetrics(
  metrics: Metrics,
  { entrance, budgets }: { readonly entrance: Entrance; readonly budgets: ClientBudgets },
): (answered: AnsweredRequest) => void {
  entranceMetrics(metrics, () => entrance.counts())
  limitMetrics(metrics, () => budgets.refusals())
  return httpMetrics(metrics)
}
