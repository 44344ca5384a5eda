import type { Connector } from '@freshet/connect'
import { FreshetError, type SourceConnection } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { fileConnector } from './file-connector.ts'
import { keycloakConnector } from './keycloak/keycloak-connector.ts'
import { outboxConnector } from './outbox/outbox-connector.ts'

/** The parts that a connector needs beside its connection. */
export interface ConnectorParts {
  readonly timer: Timer
  /** Returns the secret of the upstream system. It is read for each login, so a replaced one needs no restart. */
  readonly secret: () => Promise<string>
}

/**
 * Returns the connector of an upstream system that is read. The kind `scim` is not: its provisioner sends.
 *
 * @throws `config.invalid` for a kind that is not read, and for an option that is malformed
 */
export function connectorOf(connection: SourceConnection, parts: ConnectorParts): Connector {
  switch (connection.kind) {
    case 'keycloak':
      return keycloakConnector(connection, parts)
    case 'outbox':
      return outboxConnector(connection, parts)
    case 'file':
      return fileConnector(connection, parts.timer)
    default:
      throw new FreshetError(
        'config.invalid',
        `The kind ${connection.kind} is not read from an upstream system.`,
      )
  }
}
