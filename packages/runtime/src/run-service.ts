import { dispositionOf, errorCodes, FreshetError, type Disposition } from '@freshet/protocol'
import * as z from 'zod'
import { readConfig, setting } from '@freshet/wire/environment'
import { listenerTls, type ListenerTls } from './http/listener-tls.ts'
import { logEnd, type Logger } from './logger.ts'
import { systemClock } from './system-clock.ts'

/** After a signal the service has this long to end by itself. */
export const SHUTDOWN_MS = 15_000
/** After `main` has ended, whatever still keeps the process alive gets this long. */
export const LINGER_MS = 2_000

const DELAY = 'FRESHET_SHUTDOWN_DELAY_MS'
const LEVEL = 'FRESHET_LOG_LEVEL'
/** Read here for every service: how long it serves on after SIGTERM, and the lowest level that it logs. */
const processVariables = {
  delayMs: setting(DELAY, z.coerce.number().int().min(0).max(60_000).default(0)),
  logLevel: setting(LEVEL, z.enum(['debug', 'info', 'warn', 'error']).optional()),
}

/** The codes are distinct, so that a supervisor can separate a bad configuration from a fault. */
const EXIT_CODES: Readonly<Record<Disposition, number>> = {
  stop: 2,
  retry: 4,
  crash: 1,
  quarantine: 1,
  skip: 1,
}

/** Set by a parent that starts us with a pipe as stdin: its end, even by a `kill -9`, is our end, too. */
export const STOP_WITH_STDIN = 'FRESHET_STOP_WITH_STDIN'

/** The part of `process` that is used; tests pass another. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: {
    once(event: 'end', listener: () => void): unknown
    resume(): unknown
    unref?(): unknown
  }
  /** A person reads it if it is a terminal. */
  readonly stderr?: { readonly isTTY?: boolean; write(text: string): unknown }
  exitCode?: number | string | null | undefined
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  removeListener(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  removeListener(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  exit(code: number): unknown
}

/**
 * A service: it closes once `signal` aborts. `ending` aborts before, as soon as the end is known. `tls` is the
 * certificate of its own ports, if the environment names one.
 */
export type Main = (
  signal: AbortSignal,
  ending: AbortSignal,
  tls: ListenerTls | undefined,
) => Promise<void>

/**
 * Runs a service until it ends or gets a signal.
 *
 * `main` opens its resources with `await using`, so they are released in reverse order, and
 * returns soon after the signal aborts. SIGTERM aborts `ending` at once, so that `/readyz` turns to
 * 503, and `signal` after `FRESHET_SHUTDOWN_DELAY_MS`: until then a load balancer that has not read
 * `/readyz` yet is still served. SIGINT, the end of stdin where `FRESHET_STOP_WITH_STDIN=true`, and
 * a second signal skip the delay. A signal after that, or 15 s, ends the process with 1. An error that no part
 * of the process handles ends it with 1, and is logged like any other: Node would print its members. Exit codes:
 * 0 ended by a signal, 2 cannot run like this (`stop`), 4 a dependency does not answer (`retry`),
 * 1 anything else. Never rejects, and logs an error once, or shows it on a terminal if a person must correct it.
 * `FRESHET_LOG_LEVEL` sets the level of `logger`.
 */
export async function runService(main: Main, logger: Logger, host: Host = process): Promise<void> {
  const end = new End(host)
  const onTerm = (): void => end.begin(logger)
  const onInt = (): void => end.now()
  const onUncaught = (error: unknown): void => {
    logger.fatal({ err: error }, 'no part of the process handles this error: the process ends')
    host.exit(1)
  }
  host.on('uncaughtException', onUncaught)
  host.on('SIGTERM', onTerm)
  host.on('SIGINT', onInt)
  if (host.env[STOP_WITH_STDIN] === 'true')
    stopWithStdin(host, () => end.signal.aborted || end.now())
  host.exitCode = await outcome(main, end, host, logger)
  host.removeListener('SIGTERM', onTerm)
  host.removeListener('SIGINT', onInt)
  host.removeListener('uncaughtException', onUncaught)
  end.over()
  lastResort(host, LINGER_MS, host.exitCode)
}

/** The end of a service, in its two steps. */
class End {
  readonly #host: Host
  readonly #ending = new AbortController()
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  /** Set before the service starts. */
  delayMs = 0

  constructor(host: Host) {
    this.#host = host
  }

  get ending(): AbortSignal {
    return this.#ending.signal
  }

  get signal(): AbortSignal {
    return this.#closing.signal
  }

  /** Closes after the delay; closes now where the end has begun. */
  begin(logger: Logger): void {
    if (this.delayMs === 0 || this.ending.aborted) return this.now()
    this.#ending.abort()
    logger.info({ delayMs: this.delayMs }, 'SIGTERM: not ready any more, closing after the delay')
    this.#timer = setTimeout(() => this.now(), this.delayMs)
  }

  /** The service has ended: nothing is left to close. */
  over(): void {
    clearTimeout(this.#timer)
  }

  now(): void {
    if (this.signal.aborted) this.#host.exit(1)
    this.over()
    this.#ending.abort()
    this.#closing.abort()
    lastResort(this.#host, SHUTDOWN_MS, 1)
  }
}

function stopWithStdin({ stdin }: Host, onEnd: () => void): void {
  stdin.once('end', onEnd)
  stdin.resume()
  stdin.unref?.()
}

async function outcome(main: Main, end: End, host: Host, logger: Logger): Promise<number> {
  const { signal, ending } = end
  try {
    const given = { [DELAY]: host.env[DELAY], [LEVEL]: host.env[LEVEL] }
    const { delayMs, logLevel } = readConfig(given, processVariables)
    end.delayMs = delayMs
    if (logLevel !== undefined) logger.level = logLevel
    const tls = listenerTls(host.env, { timer: systemClock, logger, signal })
    await main(signal, ending, tls === undefined ? undefined : await tls)
    return 0
  } catch (error) {
    if (signal.aborted && error === signal.reason) return 0
    if (!showToPerson(error, logger, host)) logEnd(logger, error)
    return EXIT_CODES[dispositionOf(error)]
  }
}

/** Writes an error that a person must correct, and the next step, to a terminal. Returns false if there is none. */
function showToPerson(error: unknown, logger: Logger, { stderr }: Host): boolean {
  if (!(error instanceof FreshetError) || error.disposition !== 'stop') return false
  if (stderr?.isTTY !== true) return false
  const { what, remedy } = errorCodes[error.code]
  const { service } = logger.bindings()
  stderr.write(`${service}: ${error.message}\n  why: ${what} (${error.code})\n  try: ${remedy}\n`)
  return true
}

/** Fires only if something else keeps the process alive that long. */
function lastResort(host: Host, afterMs: number, code: number): void {
  setTimeout(() => host.exit(code), afterMs).unref()
}
