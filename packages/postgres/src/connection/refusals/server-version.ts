import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'

/** The oldest supported major version of Postgres. Older ones have no `GRANT … WITH INHERIT, SET`. */
export const POSTGRES_MIN = 16

/**
 * Returns the refusal of a server that is older than {@link POSTGRES_MIN}, otherwise `undefined`. `version` is the
 * text of `server_version`: `15.18 (Debian 15.18-0+deb12u1)`, `18.4`, `16beta1`.
 */
export function versionRefusal(version: string, address: string): FreshetError | undefined {
  if (Number.parseInt(version, 10) >= POSTGRES_MIN) return undefined
  const [short] = version.split(' ')
  const message =
    `The server at ${address} is Postgres ${short}, and Freshet needs Postgres ${POSTGRES_MIN} or later. ` +
    'Upgrade the server, or point DATABASE_URL at a newer one.'
  return new FreshetError('database.version', message)
}

/** Returns a function that gives the version of the server, which each server sends before the first statement. */
export function versionSentTo(client: pg.Client): () => string {
  const { connection } = client as unknown as { readonly connection: NodeJS.EventEmitter }
  let version = 'unknown'
  connection.on('parameterStatus', (sent: { parameterName: string; parameterValue: string }) => {
    if (sent.parameterName === 'server_version') version = sent.parameterValue
  })
  return () => version
}
