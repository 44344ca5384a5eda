import { FreshetError } from '@freshet/protocol'
import { pairHosts, type HostPort } from '@freshet/protocol/network'
import type pg from 'pg'

const DEFAULT_PORT = '5432'
/** Below the longest wait of a pool for a connection, so that a silent host does not use it up. */
export const PROBE_WITHIN_MS = 3_000

/** A server that accepts writes, as `target_session_attrs=read-write` of libpq demands it. */
const ACCEPTS_WRITES = `
  SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writes`

/** Opens a client of one host, which is not connected yet. */
export type OpenHost = (url: string) => pg.Client

/** Returns the servers that a URL names: `host=` and `port=` count before its authority, as in the driver. */
export function hostsIn(text: string): readonly HostPort[] {
  const url = new URL(text)
  const param = (name: string): string => url.searchParams.get(name) ?? ''
  const hosts = param('host') || decodeURIComponent(url.hostname)
  return pairHosts(hosts, param('port') || url.port || DEFAULT_PORT) ?? []
}

/** Returns the URL with one of its hosts. */
export function urlOfHost(text: string, { host, port }: HostPort): string {
  const url = new URL(text)
  url.searchParams.set('host', host)
  url.searchParams.set('port', port)
  url.searchParams.delete('target_session_attrs')
  return url.href
}

/**
 * Asks all servers of a URL at once, and returns the first one that accepts writes. So a server that does not answer
 * delays nothing.
 *
 * @throws the refusal of a server that would need a change of the settings; else `database.read-only` if one of them
 *   answered, and `database.unavailable` if none did
 */
export async function findPrimary(text: string, open: OpenHost): Promise<HostPort> {
  const hosts = hostsIn(text)
  try {
    return await Promise.any(hosts.map((host) => probe(urlOfHost(text, host), host, open)))
  } catch (error) {
    throw noPrimary(hosts, error instanceof AggregateError ? error.errors : [error])
  }
}

async function probe(url: string, host: HostPort, open: OpenHost): Promise<HostPort> {
  const client = open(url)
  // Without a listener the loss of the connection would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ writes: boolean }>(ACCEPTS_WRITES)
    if (rows[0]?.writes === true) return host
    throw new FreshetError('database.read-only', 'it accepts no writes')
  } finally {
    client.end().catch(() => {})
  }
}

function noPrimary(hosts: readonly HostPort[], errors: readonly unknown[]): FreshetError {
  const known = errors.filter((error) => error instanceof FreshetError)
  const toMend = known.find(({ code }) => code !== 'database.read-only')
  if (toMend !== undefined) return toMend
  const texts = hosts.map(({ host, port }, at) => {
    const error = errors[at]
    return `${host}:${port}: ${error instanceof Error ? error.message || 'no connection' : 'unknown'}`
  })
  const code = known.length > 0 ? 'database.read-only' : 'database.unavailable'
  const message = `No server of DATABASE_URL accepts writes (${texts.join('; ')}).`
  return new FreshetError(code, message, { cause: errors[0] })
}
