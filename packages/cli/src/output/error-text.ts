import { errorCodes, FreshetError, type ErrorCode } from '@freshet/protocol'
import { ProblemError } from '@freshet/source/problem'
import { CliError } from '../cli-error.ts'
import { isUnreachable } from '../exit-code.ts'
import { asTyped } from './as-typed.ts'
import { printable } from './printable.ts'

const DETAILS_MAX = 20

/** The parts of an error's text. */
interface ErrorParts {
  readonly what: string
  readonly why?: string | undefined
  readonly next?: string | undefined
}

/** An error for people: the fault, its reason, and the next command, which `command` begins. */
export function errorText(error: unknown, command = 'freshet'): string {
  const { what, why, next } = partsOf(error)
  const lines = [
    `freshet: ${indented(what)}`,
    why === undefined ? undefined : `  why: ${indented(why)}`,
    next === undefined ? undefined : `  try: ${asTyped(next, command)}`,
  ]
  return `${lines.filter((line) => line !== undefined).join('\n')}\n`
}

function partsOf(error: unknown): ErrorParts {
  if (error instanceof CliError) return { what: error.message, why: error.why, next: error.next }
  if (error instanceof ProblemError) return ofProblem(error)
  if (error instanceof FreshetError) {
    const what = errorCodes[error.code].what
    return { what: error.message, why: `${what} (${error.code})`, next: nextOf(error.code) }
  }
  if (isUnreachable(error)) return ofUnreachable(error as Error)
  return { what: error instanceof Error ? error.message : String(error) }
}

function ofProblem({ message, code, status }: ProblemError): ErrorParts {
  return { what: message, why: `${code}, HTTP ${status}`, next: nextOf(code) }
}

function ofUnreachable(error: Error): ErrorParts {
  const cause = error.cause instanceof Error ? error.cause.message || error.cause.name : undefined
  return {
    what: error.name === 'TimeoutError' ? 'No answer in time.' : 'The service does not answer.',
    why: cause,
    next: 'freshet dev, or check the address and the service behind it',
  }
}

/** The next command where one helps here, else what the catalogue advises. */
function nextOf(code: string): string | undefined {
  return NEXT[code] ?? (isErrorCode(code) ? errorCodes[code].remedy : undefined)
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}

const NEXT: Readonly<Record<string, string>> = {
  'broker.unavailable': 'freshet dev, or set KAFKA_BROKERS',
  'database.unavailable': 'freshet dev, or set DATABASE_URL',
  'event.sequence': 'leave out --sequence: freshet asks for the next number',
  'request.not-found': 'check the id and the tenant',
  'event.conflict': 'leave out --id: freshet makes a new one',
}

/** Lines after the first stand under it. */
function indented(text: string): string {
  return text
    .split('\n', DETAILS_MAX)
    .map((line) => printable(line).trimEnd())
    .join('\n  ')
}
