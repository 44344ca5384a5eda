import type { Connector } from '@freshet/connect'
import { scimConnector, scimOptions } from '@freshet/connectors'
import { createDatabase, postgresScimStore, type Database } from '@freshet/postgres'
import { SNAPSHOT_REMOVAL_SHARE } from '@freshet/protocol'
import { randomId } from '@freshet/runtime'
import { Provisioning, type Delivery, type ScimStore } from '@freshet/scim'
import type { Timer } from '@freshet/wire'
import type { Connection } from '../run-connections.ts'
import type { ScimEndpoint } from './scim-endpoint.ts'

/** Connections to Postgres. */
const POOLED_MAX = 8

/** A connection that a provisioner sends to, and the connector that gives the engine what came. */
export interface ScimConnection extends ScimEndpoint {
  readonly of: Connection
  readonly connector: Connector & Delivery
}

/** Opens Postgres for the users and groups of provisioners. */
export function scimDatabase(url: string): Database {
  return createDatabase({
    url,
    applicationName: 'freshet-connect',
    planOnce: true,
    role: 'freshet_tenant',
    max: POOLED_MAX,
  })
}

/** @throws `config.invalid` for options that are not those of the kind */
export function scimConnection(of: Connection, database: Database, timer: Timer): ScimConnection {
  const { source, connection } = of
  const store = postgresScimStore(database, connection.tenant, source.id)
  return connectedStore(of, store, timer)
}

/** The same on any store. */
export function connectedStore(of: Connection, store: ScimStore, timer: Timer): ScimConnection {
  const { source, connection } = of
  const { tokenHashes } = scimOptions(connection)
  const connector = scimConnector(connection, timer, () => provisioning.states())
  const [, subjectMember = ''] = connection.subject.sub.split('/')
  const provisioning: Provisioning = new Provisioning({
    store,
    delivery: connector,
    clock: timer,
    newId: randomId,
    subjectMember,
    removalShare: source.snapshotRemovalShare ?? SNAPSHOT_REMOVAL_SHARE,
  })
  const base = `${connection.at.replace(/\/$/, '')}/scim/${source.id}/${connection.tenant}/v2`
  return {
    source: source.id,
    tenant: connection.tenant,
    base,
    tokenHashes,
    provisioning,
    of,
    connector,
  }
}
