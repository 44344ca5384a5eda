import { FreshetError, type ErrorCode } from '@freshet/protocol'
import { ProblemError } from '@freshet/source/problem'
import { CommanderError } from 'commander'
import { CliError } from './cli-error.ts'

/** The exit codes of a process: documented, and never changed. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  /** Unreachable, or timed out. */
  unreachable: 4,
  notAuthorised: 5,
  unhealthy: 10,
  /** The question was answered, with no. */
  negative: 11,
} as const

/** An answer that is no error but not the hoped-for one: only the exit code shows it. */
export class Negative extends Error {
  readonly exitCode: number

  constructor(exitCode: number = EXIT.negative) {
    super('negative')
    this.exitCode = exitCode
  }
}

const byCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  'request.not-found': EXIT.notFound,
  'request.unauthenticated': EXIT.notAuthorised,
  'request.forbidden': EXIT.notAuthorised,
  'broker.unauthenticated': EXIT.notAuthorised,
  'broker.denied': EXIT.notAuthorised,
}

const byStatus: Readonly<Record<number, number>> = {
  401: EXIT.notAuthorised,
  403: EXIT.notAuthorised,
  404: EXIT.notFound,
  429: EXIT.unreachable,
  502: EXIT.unreachable,
  503: EXIT.unreachable,
  504: EXIT.unreachable,
}

/** The exit code for whatever a command threw. The function is total: an unclassified value is an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Negative) return error.exitCode
  if (error instanceof CliError) return EXIT[error.kind]
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof ProblemError) return byStatus[error.status] ?? EXIT.error
  if (error instanceof FreshetError) {
    return byCode[error.code] ?? (error.disposition === 'retry' ? EXIT.unreachable : EXIT.error)
  }
  return isUnreachable(error) ? EXIT.unreachable : EXIT.error
}

/** Returns whether `fetch` or a socket failed because the other side did not answer, or not in time. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === 'TimeoutError' || error.message === 'fetch failed'
}
