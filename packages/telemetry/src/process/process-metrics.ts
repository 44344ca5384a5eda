import type { Metrics } from '../prometheus/metrics.ts'
import { keyMetrics, type SigningKeySets } from './key-metrics.ts'
import { storeMetrics, type StoreParts } from './store-metrics.ts'

/** The stores of a process, and the key sets that it signs with. */
export interface ProcessParts extends StoreParts {
  readonly clock: StoreParts['clock'] & { readonly nowMs: () => number }
  /** Default: it signs with none. */
  readonly keys?: SigningKeySets
}

/** Registers the state of the stores and the age of the signing keys. Call once per `Metrics`. */
export function processMetrics(metrics: Metrics, { keys = {}, ...stores }: ProcessParts): void {
  keyMetrics(metrics, keys, stores.clock)
  storeMetrics(metrics, stores)
}
