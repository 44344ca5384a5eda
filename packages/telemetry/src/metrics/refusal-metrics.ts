import { Counter } from 'prom-client'
import type { AttemptRefusal, ConnectionRefusal } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** Counts what a service refuses. */
export interface RefusalCounts {
  /** Fits `onRefused` of the runtime's HTTP server. */
  readonly connection: (reason: ConnectionRefusal) => void
  /** Fits `onRefused` of the runtime's `Attempts`. */
  readonly adminToken: (reason: AttemptRefusal) => void
  /** A request, or a part of one, was refused with this code of the catalogue. */
  readonly request: (code: string) => void
}

/** Registers the counters of refused connections, admin tokens and requests. Call once per `Metrics`. */
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
  const requests = new Counter({
    name: 'freshet_request_refusals_total',
    help: 'Requests that were refused, and refused events of batches, by the error code (docs/errors.md).',
    labelNames: ['code'],
    registers: [registry],
  })
  return {
    connection: (reason) => connections.inc({ reason }),
    adminToken: (reason) => adminTokens.inc({ reason }),
    request: (code) => requests.inc({ code }),
  }
}

/** Registers the counter of refused client credentials. Call once per `Metrics`. */
export function credentialRefusalMetrics({ registry }: Metrics): (reason: AttemptRefusal) => void {
  const credentials = new Counter({
    name: 'freshet_client_credentials_refused_total',
    help: 'Client credentials that were refused: wrong ones, and all of them after too many wrong ones.',
    labelNames: ['reason'],
    registers: [registry],
  })
  return (reason) => credentials.inc({ reason })
}

/** Registers the counter of refused mints, by the error code. Call once per `Metrics`. */
export function mintRefusalMetrics({ registry }: Metrics): (code: string) => void {
  const mints = new Counter({
    name: 'freshet_mint_refusals_total',
    help: 'Token requests that were refused, by the error code (docs/errors.md).',
    labelNames: ['code'],
    registers: [registry],
  })
  return (code) => mints.inc({ code })
}
