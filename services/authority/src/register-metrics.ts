import type { ClientBudgets, EndpointLimiter } from '@freshet/authority'
import {
  refusalsTo,
  systemClock,
  type AttemptParts,
  type Logger,
  type OnRefusal,
  type RefusedConnection,
} from '@freshet/runtime'
import {
  endpointLimitMetrics,
  limitMetrics,
  credentialRefusalMetrics,
  mintRefusalMetrics,
  processMetrics,
  refusalMetrics,
  type Metrics,
  type ProcessParts,
} from '@freshet/telemetry'
import type { AuthorityKeys } from './open/open-keys.ts'

const TOKEN_ROUTE = '/oauth/token'

/** The parts that are measured. */
interface MeasuredParts extends Pick<ProcessParts, 'database' | 'kafka'> {
  readonly limiter: EndpointLimiter
  readonly budgets: ClientBudgets
  readonly keys: Pick<AuthorityKeys, 'tokens' | 'stamps'>
}

/**
 * Registers what the service measures. Returns what counts each refused connection, each
 * refusal by its code, and each refused credential.
 */
export function registerMetrics(
  metrics: Metrics,
  { limiter, budgets, database, kafka, keys }: MeasuredParts,
  logger: Pick<Logger, 'debug'>,
): {
  readonly onRefused: (bound: RefusedConnection) => void
  readonly onRefusal: OnRefusal
  readonly onCredentialRefused: AttemptParts['onRefused']
} {
  const signing = { tokens: keys.tokens, stamps: keys.stamps.times }
  processMetrics(metrics, { clock: systemClock, database, kafka, keys: signing })
  endpointLimitMetrics(metrics, () => limiter.counts())
  limitMetrics(metrics, () => budgets.refusals())
  const mint = mintRefusalMetrics(metrics)
  const { connection: onRefused, request } = refusalMetrics(metrics)
  const onRefusal = refusalsTo(logger, (code, route) => {
    request(code)
    if (route === TOKEN_ROUTE) mint(code)
  })
  return { onRefused, onRefusal, onCredentialRefused: credentialRefusalMetrics(metrics) }
}
