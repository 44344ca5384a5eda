import type { ClientBudgets, Entrance } from '@freshet/authority'
import { refusalsTo, type Logger, type OnRefusal, type RefusedConnection } from '@freshet/runtime'
import {
  entranceMetrics,
  limitMetrics,
  mintRefusalMetrics,
  refusalMetrics,
  type Metrics,
} from '@freshet/telemetry'

const TOKEN_ROUTE = '/oauth/token'

/**
 * Registers what the service measures. Returns what counts each refused connection, and each
 * refusal by its code.
 */
export function registerMetrics(
  metrics: Metrics,
  { entrance, budgets }: { readonly entrance: Entrance; readonly budgets: ClientBudgets },
  logger: Pick<Logger, 'debug'>,
): {
  readonly onRefused: (bound: RefusedConnection) => void
  readonly onRefusal: OnRefusal
} {
  entranceMetrics(metrics, () => entrance.counts())
  limitMetrics(metrics, () => budgets.refusals())
  const mint = mintRefusalMetrics(metrics)
  const { connection: onRefused, request } = refusalMetrics(metrics)
  const onRefusal = refusalsTo(logger, (code, route) => {
    request(code)
    if (route === TOKEN_ROUTE) mint(code)
  })
  return { onRefused, onRefusal }
}
