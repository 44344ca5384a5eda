import { FreshetError, type SourceConnection } from '@freshet/protocol'
import { isLoopback } from '@freshet/protocol/network'
import pg from 'pg'

/** The longest time of one statement, in milliseconds. */
const STATEMENT_WITHIN_MS = 30_000
/** The longest wait for a connection, and for a lock. */
const CONNECT_WITHIN_MS = 10_000
/** Reads of single subjects that run at a time. Others wait. */
const CONNECTIONS_MAX = 4
const IDLE_CONNECTION_MS = 10_000

/** Errors that no later try resolves: the login, its rights, and what the registry names. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28000': 'it refuses the login',
  '28P01': 'it refuses the password',
  '3D000': 'it has no such database',
  '3F000': 'it has no such schema',
  '42501': 'the login lacks a right',
  '42P01': 'it has no such table or view',
  '42703': 'a column is missing',
}

/** Errors about data, whose messages quote it, and errors that functions of the application raise. */
const QUOTING = /^(?:2[0-3]|44|P0|HV)/

/** The parts of a database that the process provides. */
export interface DatabaseParts {
  /** Returns the password of the login. It is read for each connection, so a replaced one needs no restart. */
  readonly secret: () => Promise<string>
}

/** A Postgres of another team. It reads, in transactions that cannot write. */
export class UpstreamDatabase {
  readonly #config: pg.ClientConfig
  readonly #pool: pg.Pool
  readonly #name: string

  /** @throws `connect.refused` if `at` is no URL of a database, or would be read without TLS on another machine */
  constructor({ at }: SourceConnection, { secret }: DatabaseParts) {
    const url = URL.parse(at)
    if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || url.pathname.length < 2)
      throw refused(`${at} is no database. Use postgres://LOGIN@HOST:PORT/DATABASE.`)
    const isLocal = isLoopback(url.hostname)
    const mode = url.searchParams.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full')
    if (mode !== 'verify-full' && !(isLocal && mode === 'disable'))
      throw refused(`${at} has sslmode=${mode}. Use verify-full: the password would be readable.`)
    this.#name = `${url.host}${url.pathname}`
    this.#config = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port === '' ? '5432' : url.port),
      database: decodeURIComponent(url.pathname.slice(1)),
      user: decodeURIComponent(url.username),
      password: secret,
      ssl: mode === 'verify-full' ? { rejectUnauthorized: true } : false,
      application_name: 'freshet-connect',
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      statement_timeout: STATEMENT_WITHIN_MS,
      query_timeout: 2 * STATEMENT_WITHIN_MS,
      lock_timeout: CONNECT_WITHIN_MS,
      idle_in_transaction_session_timeout: 2 * STATEMENT_WITHIN_MS,
      keepAlive: true,
    }
    this.#pool = new pg.Pool({
      ...this.#config,
      max: CONNECTIONS_MAX,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      allowExitOnIdle: true,
    })
    this.#pool.on('error', () => {})
  }

  /** Returns the rows of one statement. */
  async rows(
    text: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    return this.#named(async () => {
      const answer = await orAborted(this.#pool.query(text, [...values]), signal)
      return answer.rows
    })
  }

  /**
   * Gives the rows of a statement page by page, from one snapshot. It ends only after the last row, and it throws if
   * the connection ends before.
   */
  async *pages(text: string, pageRows: number, signal: AbortSignal): AsyncGenerator {
    const session = await this.session(signal)
    try {
      await session.begin()
      yield* session.pages(text, pageRows)
      await session.commit()
    } finally {
      await session.end()
    }
  }

  /** Opens a connection that the caller ends. It ends by itself when the signal aborts. */
  async session(signal: AbortSignal): Promise<UpstreamSession> {
    const client = new pg.Client(this.#config)
    client.on('error', () => {})
    const session = new UpstreamSession(client, signal, (work) => this.#named(work))
    await this.#named(async () => {
      await orAborted(client.connect(), signal)
    })
    return session
  }

  /** Runs work, and names the database in its errors. */
  async #named<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof FreshetError) throw cause
      const { code = '', message = '' } = Object(cause) as { code?: string; message?: string }
      if (QUOTING.test(code))
        throw unavailable(`${this.#name} cannot be read: it refuses a value with SQLSTATE ${code}.`)
      const why = REFUSALS[code]
      if (why !== undefined) throw refused(`${this.#name}: ${why} (${message}).`, cause)
      throw unavailable(`${this.#name} cannot be read: ${message}.`, cause)
    }
  }
}

/** One connection: transactions that only read, and notifications. */
export class UpstreamSession {
  readonly #client: pg.Client
  readonly #named: <T>(work: () => Promise<T>) => Promise<T>
  readonly #signal: AbortSignal
  readonly #onAbort = (): void => void this.end()
  #notified = new AbortController()

  constructor(
    client: pg.Client,
    signal: AbortSignal,
    named: <T>(work: () => Promise<T>) => Promise<T>,
  ) {
    this.#client = client
    this.#named = named
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort, { once: true })
    client.on('notification', () => this.#notified.abort())
  }

  /** Listens to a channel. */
  async listen(channel: string): Promise<void> {
    await this.rows(`LISTEN ${quoted(channel)}`)
  }

  /** Returns a signal that aborts at the next notification. One that came before this call does not count. */
  nextNotification(): AbortSignal {
    this.#notified = new AbortController()
    return this.#notified.signal
  }

  async begin(): Promise<void> {
    await this.rows('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  }

  async commit(): Promise<void> {
    await this.rows('COMMIT')
  }

  async rows(text: string, values: readonly unknown[] = []): Promise<readonly unknown[]> {
    return this.#named(async () => {
      const answer = await orAborted(this.#client.query(text, [...values]), this.#signal)
      return answer.rows
    })
  }

  /** Gives the rows of a statement, in the transaction that has begun. */
  async *pages(text: string, pageRows: number): AsyncGenerator {
    await this.rows(`DECLARE page NO SCROLL CURSOR FOR ${text}`)
    for (;;) {
      const rows = await this.rows(`FETCH ${pageRows} FROM page`)
      yield* rows
      if (rows.length < pageRows) break
    }
    await this.rows('CLOSE page')
  }

  /** Ends the connection. A transaction that has not committed ends with it. */
  async end(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort)
    const ended = this.#client.end().catch(() => {})
    // A server that does not answer does not keep the process.
    if (!this.#signal.aborted) await ended
  }
}

/** Returns the result of the work, or throws at once when the signal aborts. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error('the read was ended'))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Returns the name of a table or view, with or without its schema, as SQL. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.')
}

/** An error that a person must resolve. */
export function refused(message: string, cause?: unknown): FreshetError {
  return new FreshetError('connect.refused', message, { cause })
}

/** An error that a later try can resolve. */
export function unavailable(message: string, cause?: unknown): FreshetError {
  return new FreshetError('connect.unavailable', message, { cause })
}
