import {
  runConnection,
  type ConnectionEvent,
  type ConnectionParts,
  type Connector,
} from '@freshet/connect'
import { connectorOf, gatewayPort, type Secrets } from '@freshet/connectors'
import {
  FreshetError,
  SNAPSHOT_REMOVAL_SHARE,
  type Registry,
  type Source,
  type SourceConnection,
} from '@freshet/protocol'
import { randomShare, type Logger } from '@freshet/runtime'
import type { ConnectionMetrics } from '@freshet/telemetry'
import type { Timer } from '@freshet/wire'
import type { ConnectConfig } from './config.ts'

/** The pause after an error that no retry of the engine resolves, as a refused key. */
const RESTART_AFTER_MS = 10_000

/** An upstream system, and the source that it is of. */
export interface Connection {
  readonly source: Source
  readonly connection: SourceConnection
}

/**
 * Returns the upstream systems that the process reads.
 *
 * @throws `config.invalid` for a source that has none, and if there is none at all
 */
export function connectionsOf(
  { sources }: Registry,
  named: readonly string[] | undefined,
): readonly Connection[] {
  for (const id of named ?? [])
    if (sources.get(id)?.connections === undefined)
      throw missing(`FRESHET_CONNECT_SOURCES: the registry has no \`connect\` of source ${id}.`)
  const found = [...sources.values()]
    .filter(({ id }) => named === undefined || named.includes(id))
    .flatMap((source) =>
      [...(source.connections?.values() ?? [])].map((connection) => ({ source, connection })),
    )
  if (found.length === 0)
    throw missing('FRESHET_REGISTRY: no source has an upstream system under `connect`.')
  return found
}

function missing(message: string): FreshetError {
  return new FreshetError('config.invalid', message)
}

/** The parts of the process. */
export interface RunParts {
  readonly config: ConnectConfig
  readonly secrets: Secrets
  readonly metrics: ConnectionMetrics
  readonly timer: Timer
  readonly logger: Logger
  /** Called when a connection has an epoch, or has given way to a younger process. */
  readonly onRunning: (connection: Connection) => void
  /** Connectors that also answer requests, so that they exist before their connection runs. */
  readonly connectors: ReadonlyMap<Connection, Connector>
}

/** Runs a connection until the signal aborts. After an error that only a person can resolve, it begins again. */
export async function keepConnection(
  parts: RunParts,
  of: Connection,
  signal: AbortSignal,
): Promise<void> {
  const { timer, logger } = parts
  const names = { source: of.source.id, tenant: of.connection.tenant }
  while (!signal.aborted) {
    try {
      await runConnection(connectionParts(parts, of), signal)
    } catch (error) {
      if (signal.aborted) return
      logger.error({ ...names, err: error }, 'a connection ended, and begins again')
      parts.metrics.failed(names, 'epoch', codeOf(error))
      await timer.sleep(RESTART_AFTER_MS, signal)
    }
  }
}

function connectionParts(parts: RunParts, of: Connection): ConnectionParts {
  const { config, secrets, timer, logger } = parts
  const { source, connection } = of
  const names = { source: source.id, tenant: connection.tenant }
  return {
    source: source.id,
    connection,
    heartbeatMs: source.heartbeatMs,
    leaseMs: source.leaseMs,
    removalShare: source.snapshotRemovalShare ?? SNAPSHOT_REMOVAL_SHARE,
    connector:
      parts.connectors.get(of) ??
      connectorOf(connection, {
        timer,
        secret: () => secrets.upstream(source.id, connection.tenant),
      }),
    freshet: gatewayPort({
      gateway: config.gateway,
      source: source.id,
      tenant: connection.tenant,
      key: () => secrets.key(source.id),
      timer,
      random: randomShare,
      onRefused: (change, code) => {
        const claim = change.kind === 'claim' ? change.claim : undefined
        logger.warn({ ...names, claim, code }, 'the gateway refuses values of a claim')
        parts.metrics.failed(names, 'values', code)
      },
    }),
    timer,
    onEvent: (event) => note(parts, of, event),
  }
}

function note(parts: RunParts, of: Connection, event: ConnectionEvent): void {
  const { logger, metrics, onRunning } = parts
  const names = { source: of.source.id, tenant: of.connection.tenant }
  switch (event.kind) {
    case 'began':
      onRunning(of)
      metrics.began(names)
      logger.info({ ...names, epoch: event.epoch.toString() }, 'a connection begins an epoch')
      break
    case 'superseded':
      onRunning(of)
      metrics.superseded(names)
      logger.info(names, 'another process reads the upstream system, and this one waits')
      break
    case 'compared': {
      const { differences, subjects, losing, unmapped, doubled } = event.comparison
      const sizes = { subjects, differences: differences.length, losing, unmapped }
      metrics.compared(names, { ...sizes, tookMs: event.tookMs })
      logger.info(
        { ...names, ...sizes, doubled: doubled.length },
        'compared with the upstream system',
      )
      break
    }
    case 'sent':
      metrics.sent(names, event.found, event.changes)
      break
    case 'heartbeat':
      metrics.heartbeat(names, { throughMs: event.throughMs, waiting: event.waiting })
      break
    case 'failed':
      metrics.failed(names, event.work, codeOf(event.error))
      logger.warn({ ...names, work: event.work, err: event.error }, 'a connection tries again')
  }
}

function codeOf(error: unknown): string {
  return error instanceof FreshetError ? error.code : 'invariant.broken'
}
