import { FreshetError } from '@freshet/protocol'
import { pairHosts, type HostPort } from '@freshet/protocol/network'
import pg from 'pg'
import { refusedConnection, targetOf, type Target } from './refusals/refused-connection.ts'
import { versionRefusal, versionSentTo } from './refusals/server-version.ts'

type OnConnected = (error: Error | null) => void

/**
 * Returns the constructor of the clients of one database. Their errors while they connect name the server, the
 * login, the reason and the next step. A client of a server that is too old fails to connect with
 * `database.version`. If the URL names several hosts, each client connects to the one that accepts writes then.
 */
export function clientsOf(url: string): new () => pg.Client {
  const target = targetOf(url)
  const several = hostsIn(url).length > 1
  // The pool calls it with `new` and its options; the object that a constructor returns takes the place of `this`.
  const construct = function (options: pg.ClientConfig): pg.Client {
    return several ? clientOfPrimary(options, url) : clientWith(options, target)
  }
  return construct as unknown as new () => pg.Client
}

/** Returns a client with the options of a pool, which does not count it. */
export function openClient({ options }: pg.Pool): pg.Client {
  const Client = (options.Client ?? pg.Client) as new (config: pg.ClientConfig) => pg.Client
  return new Client(options)
}

/**
 * Returns a client that always has a listener of errors. A connection that breaks between two statements calls its
 * listeners, and the process ends if there are none. The pool has none while it hands a connection on. Each statement
 * that follows fails by itself.
 */
function clientWithListener(options: pg.ClientConfig): pg.Client {
  return new pg.Client(options).on('error', () => {})
}

function clientWith(options: pg.ClientConfig, target: Target): pg.Client {
  try {
    const client = clientWithListener(options)
    const connect = client.connect.bind(client) as (done: OnConnected) => void
    const version = versionSentTo(client)
    const onConnected = (error: Error | null, done: OnConnected): void => {
      if (error !== null) return done(refusedConnection(error, target))
      const refusal = versionRefusal(version(), target.address)
      if (refusal === undefined) return done(null)
      client.end(() => done(refusal))
    }
    return connectingBy(client, (done) => connect((error) => onConnected(error, done)))
  } catch (error) {
    // The driver reads the files of the URL here. The pool expects that an error comes from `connect`.
    const unopened = clientWithListener({ host: '127.0.0.1' })
    const refused = refusedConnection(error, target)
    return connectingBy(unopened, (done) => process.nextTick(done, refused))
  }
}

/** The driver connects to one host, which is known here only once all of them were asked. */
function clientOfPrimary(options: pg.ClientConfig, url: string): pg.Client {
  const open = (of: string, more: pg.ClientConfig = {}): pg.Client =>
    clientWith({ ...options, ...more, connectionString: of }, targetOf(of))
  const probeClient = (of: string): pg.Client =>
    open(of, { connectionTimeoutMillis: PROBE_WITHIN_MS })
  const [first] = hostsIn(url)
  const client = open(first === undefined ? url : urlOfHost(url, first))
  const connect = client.connect.bind(client) as (done: OnConnected) => void
  const connectToPrimary = async (done: OnConnected): Promise<void> => {
    const found = await findPrimary(url, probeClient).catch((error: unknown) => error as Error)
    if (found instanceof Error) return done(found)
    Object.assign(client, { host: found.host, port: Number(found.port) })
    connect(done)
  }
  return connectingBy(client, (done) => void connectToPrimary(done))
}

/** The pool waits for a call, and other callers for a promise. */
function connectingBy(client: pg.Client, connect: (done: OnConnected) => void): pg.Client {
  const both = (done?: OnConnected): Promise<pg.Client> | undefined => {
    if (done === undefined) {
      return new Promise((resolve, reject) => {
        connect((error) => (error === null ? resolve(client) : reject(error)))
      })
    }
    connect(done)
    return undefined
  }
  return Object.assign(client, { connect: both })
}

const DEFAULT_PORT = '5432'
/** Below the longest wait of a pool for a connection, so that a silent host does not use it up. */
const PROBE_WITHIN_MS = 3_000

/** A server that accepts writes, as `target_session_attrs=read-write` of libpq demands it. */
const ACCEPTS_WRITES = `
  SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writes`

/** Opens a client of one host, which is not connected yet. */
type OpenHost = (url: string) => pg.Client

/** Returns the servers that a URL names: `host=` and `port=` count before its authority, as in the driver. */
function hostsIn(text: string): readonly HostPort[] {
  const url = new URL(text)
  const param = (name: string): string => url.searchParams.get(name) ?? ''
  const hosts = param('host') || decodeURIComponent(url.hostname)
  return pairHosts(hosts, param('port') || url.port || DEFAULT_PORT) ?? []
}

/** Returns the URL with one of its hosts. */
function urlOfHost(text: string, { host, port }: HostPort): string {
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
async function findPrimary(text: string, open: OpenHost): Promise<HostPort> {
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
