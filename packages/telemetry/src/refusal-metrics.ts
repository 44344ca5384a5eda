import { Counter } from 'prom-client'
import type { AdminTokenRefusal, ConnectionRefusal } from './labels.ts'
import type { Metrics } from './metrics.ts'

/** Counts what a service refuses before it knows who asks. */
export interface RefusalCounts {
  /** Fits `onRefused` of the runtime's HTTP server. */
  readonly connection: (reason: ConnectionRefusal) => void
  /** Fits `onRefused` of the runtime's `TokenAttempts`. */
  readonly adminToken: (reason: AdminTokenRefusal) => void
}

/** Registers the counters of refused connections and of refused admin tokens. Call once per `Metrics`. */
export function refusalMetrics({ registry }: Metrics): RefusalCounts {
  const connections = new Counter({
    name: 'freshet_connections_refused_total',
    help: 'Connections that the server closed because a bound was reached, by the bound.',
    labelNames: ['reason'],
    registers: [registry],
  })
  const adminTokens = new Counter({
    name: 'freshet_admin_tokens_refused_total',
    help: 'Admin tokens that were refused: wrong ones, and all of them after too many wrong ones.',
    labelNames: ['reason'],
    registers: [registry],
  })
  return {
    connection: (reason) => connections.inc({ reason }),
    adminToken: (reason) => adminTokens.inc({ reason }),
  }
}
