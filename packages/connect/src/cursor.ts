import { hash } from 'node:crypto'
import type { SourceConnection } from '@freshet/protocol'

/** Characters of base64url that name a mapping: 72 bits. */
const NAME_LENGTH = 12

/**
 * Returns the cursor as it is stored: with the name of the mapping. After a change of the mapping everything is compared
 * before the first heartbeat.
 */
export function writtenCursor(connection: SourceConnection, cursor: string): string {
  return `${mappingName(connection)} ${cursor}`
}

/** Returns the cursor of the connector, or `undefined` if it was stored under another mapping. */
export function readCursor(
  connection: SourceConnection,
  stored: string | undefined,
): string | undefined {
  const [name, ...rest] = stored?.split(' ') ?? []
  return name === mappingName(connection) ? rest.join(' ') : undefined
}

function mappingName({ kind, at, subject, account, claims, options }: SourceConnection): string {
  const mapped = [...claims].map(([claim, { values, ...how }]) => [claim, how, [...(values ?? [])]])
  const parts = [kind, at, subject, account, mapped, [...options]]
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, NAME_LENGTH)
}
