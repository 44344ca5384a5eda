import { dispositionOf, type Disposition } from '@freshet/domain'
import type { Logger } from './logger.ts'

/** After a signal the service has this long to end by itself. */
export const SHUTDOWN_MS = 15_000
/** After `main` has ended, whatever still keeps the process alive gets this long. */
export const LINGER_MS = 2_000

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Distinct, so that a supervisor can tell a bad configuration from a fault. */
const EXIT_CODES: Readonly<Record<Disposition, number>> = {
  stop: 2,
  retry: 4,
  crash: 1,
  quarantine: 1,
  skip: 1,
}

/** Set by whoever starts us with a pipe as stdin: its end, even by a `kill -9`, is our end too. */
export const STOP_WITH_STDIN = 'FRESHET_STOP_WITH_STDIN'

/** The part of `process` that is used; tests pass another. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: {
    once(event: 'end', listener: () => void): unknown
    resume(): unknown
    unref?(): unknown
  }
  exitCode?: number | string | null | undefined
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  removeListener(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): unknown
}

/**
 * Runs a service until it ends or is told to.
 *
 * `main` opens its resources with `await using`, so they are released in reverse order, and
 * returns soon after the signal aborts. The first SIGINT or SIGTERM aborts it (and the end of
 * stdin, where `FRESHET_STOP_WITH_STDIN=true`); a second one, or
 * 15 s, ends the process with 1. Exit codes: 0 ended as told, 2 cannot run like this (`stop`),
 * 4 something it needs does not answer (`retry`), 1 anything else. Never rejects: an error is
 * logged once, here.
 */
export async function runService(
  main: (signal: AbortSignal) => Promise<void>,
  logger: Logger,
  host: Host = process,
): Promise<void> {
  const abort = new AbortController()
  const onSignal = (): void => {
    if (abort.signal.aborted) host.exit(1)
    abort.abort()
    lastResort(host, SHUTDOWN_MS, 1)
  }
  for (const signal of SIGNALS) host.on(signal, onSignal)
  if (host.env[STOP_WITH_STDIN] === 'true')
    stopWithStdin(host, () => abort.signal.aborted || onSignal())
  host.exitCode = await outcome(main, abort.signal, logger)
  for (const signal of SIGNALS) host.removeListener(signal, onSignal)
  lastResort(host, LINGER_MS, host.exitCode)
}

function stopWithStdin({ stdin }: Host, onEnd: () => void): void {
  stdin.once('end', onEnd)
  stdin.resume()
  stdin.unref?.()
}

async function outcome(
  main: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  logger: Logger,
): Promise<number> {
  try {
    await main(signal)
    return 0
  } catch (error) {
    if (signal.aborted && error === signal.reason) return 0
    logger.fatal({ err: error }, error instanceof Error ? error.message : 'failed')
    return EXIT_CODES[dispositionOf(error)]
  }
}

/** Fires only if something else keeps the process alive that long. */
function lastResort(host: Host, afterMs: number, code: number): void {
  setTimeout(() => host.exit(code), afterMs).unref()
}
