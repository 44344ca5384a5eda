import type { ClientBudgets, Entrance } from '@freshet/authority'
import type { AnsweredRequest, RefusedConnection } from '@freshet/runtime'
import {
  entranceMetrics,
  httpMetrics,
  limitMetrics,
  refusalMetrics,
  type Metrics,
} from '@freshet/telemetry'

/** Registers what the service measures. Returns what counts each answered request and each refused connection. */
export function registerMetrics(
  metrics: Metrics,
  { entrance, budgets }: { readonly entrance: Entrance; readonly budgets: ClientBudgets },
): {
  readonly onAnswer: (answered: AnsweredRequest) => void
  readonly onRefused: (bound: RefusedConnection) => void
} {
  entranceMetrics(metrics, () => entrance.counts())
  limitMetrics(metrics, () => budgets.refusals())
  return { onAnswer: httpMetrics(metrics), onRefused: refusalMetrics(metrics).connection }
}
