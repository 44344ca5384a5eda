import pg from 'pg'
import { findPrimary, hostsIn, PROBE_WITHIN_MS, urlOfHost } from './find-primary.ts'
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
