import { FreshetError } from '@freshet/protocol'
import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino'

/** Lines of JSON on stderr; stdout belongs to data. */
export type Logger = PinoLogger

/** The depth to which a chain of causes is written. */
const CAUSES_MAX = 5
const STDERR = 2

/** Names of members that are never written, at the top and one level below. */
const SECRET_NAMES = [
  'authorization',
  'token',
  'password',
  'secret',
  'cookie',
  'databaseUrl',
] as const

/**
 * A logger that names the service in every line. Members called like a secret (`token`, `password`,
 * `authorization`, …) are replaced; an error is written as `err` with its code, its disposition
 * and its causes.
 */
export function createLogger(
  service: string,
  level = 'info',
  destination: DestinationStream = pino.destination({ dest: STDERR, sync: true }),
): Logger {
  const paths = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `req.headers.${name}`])
  const options = {
    level,
    base: { service },
    redact: { paths, censor: '[secret]' },
    serializers: { err: (error: unknown) => describe(error, CAUSES_MAX) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return pino(options, destination)
}

/**
 * Logs the error that ends the process. One that a person must correct has no stack, and its text only in `msg`.
 */
export function logEnd(logger: Logger, error: unknown): void {
  const text = error instanceof Error ? error.message : 'failed'
  const isForPerson = error instanceof FreshetError && error.disposition === 'stop'
  const serializers = isForPerson ? { err: withoutText } : {}
  logger.child({}, { serializers }).fatal({ err: error }, text)
}

function withoutText({ code, disposition, cause }: FreshetError): object {
  if (!(cause instanceof Error)) return { code, disposition }
  return { code, disposition, cause: { name: cause.name, message: cause.message } }
}

function describe(error: unknown, depth: number): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, message, stack } = error
  const ours =
    error instanceof FreshetError ? { code: error.code, disposition: error.disposition } : {}
  const cause =
    error.cause === undefined || depth === 0 ? {} : { cause: describe(error.cause, depth - 1) }
  return { name, message, stack, ...ours, ...cause }
}
