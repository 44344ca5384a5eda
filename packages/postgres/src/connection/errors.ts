import { FreshetError, type ErrorCode } from '@freshet/protocol'

/** The codes of exact SQLSTATEs, which count before those of classes. */
const BY_STATE: Readonly<Record<string, ErrorCode>> = {
  '40001': 'database.serialization',
  '40P01': 'database.serialization',
  '55P03': 'database.timeout',
  '57014': 'database.statement-timeout',
  '25006': 'database.read-only',
  // The server ended the connection, because its transaction did nothing, or lasted, for too long.
  '25P03': 'database.unavailable',
  '25P04': 'database.unavailable',
  '22P05': 'event.malformed',
  '22P02': 'event.malformed',
  '22021': 'event.malformed',
  '42P01': 'database.migration',
  '42703': 'database.migration',
  // The role that we work as is not there, or has no right to the table.
  '22023': 'database.migration',
  '42501': 'database.migration',
  // The server does not know a statement that this connection prepared, or knows it already.
  '26000': 'database.pooled',
  '42P05': 'database.pooled',
  '3D000': 'config.invalid',
}

/** The codes by the two letters that begin a SQLSTATE. */
const BY_CLASS: Readonly<Record<string, ErrorCode>> = {
  '08': 'database.unavailable',
  '28': 'config.invalid',
  '53': 'database.exhausted',
  '57': 'database.unavailable',
  '58': 'database.unavailable',
}

const UNIQUE_VIOLATION = '23505'
/** The keys of queues, with ids of a sequence. A sequence that fell behind gives the next id at the next attempt. */
const DRAWN_IDS: ReadonlySet<string> = new Set([
  'outbox_pkey',
  'audit_pending_pkey',
  'token_mark_pkey',
])
/** Primary messages of this class quote the value that was refused. */
const DATA_EXCEPTION = '22'

/** Data that cannot be held, and constraints. */
const OF_ONE_ROW: ReadonlySet<string> = new Set([DATA_EXCEPTION, '23'])

/** After these the connection is not used again: its state, or its server, is in doubt. */
const ENDS_CONNECTION: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'database.unavailable',
  'database.read-only',
  'database.pooled',
])

/** The server's message, without the parts that quote rows (`detail`, `where`). */
class PostgresRefusal extends Error {
  readonly state: string
  readonly constraint: string | undefined

  constructor(state: string, constraint: string | undefined, message: string) {
    super(message)
    this.name = 'PostgresRefusal'
    this.state = state
    this.constraint = constraint
  }
}

/**
 * Classifies an error that `pg` threw while doing `what`. An error that is already ours passes; an unknown
 * SQLSTATE is a broken invariant.
 */
export function toDatabaseError(error: unknown, what: string): FreshetError {
  if (error instanceof FreshetError) return error
  const state = stateOf(error)
  if (state === undefined) {
    const message = `No answer from Postgres: ${what}.`
    return new FreshetError('database.unavailable', message, { cause: withoutRows(error) })
  }
  const isDrawn = state === UNIQUE_VIOLATION && DRAWN_IDS.has(fieldOf(error, 'constraint') ?? '')
  const code = isDrawn
    ? 'database.serialization'
    : (BY_STATE[state] ?? BY_CLASS[state.slice(0, 2)] ?? 'invariant.broken')
  const message = `Postgres refused with SQLSTATE ${state}: ${what}.`
  return new FreshetError(code, message, { cause: withoutRows(error) })
}

/** True if the statement met a row that is already there; `constraint` narrows it to one key. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const refusal = error instanceof FreshetError ? error.cause : undefined
  if (!(refusal instanceof PostgresRefusal) || refusal.state !== UNIQUE_VIOLATION) return false
  return constraint === undefined || refusal.constraint === constraint
}

/** True if the server refused the content of a row, and would accept a statement without that row. */
export function isOfOneRow(error: unknown): boolean {
  if (!(error instanceof FreshetError) || error.code === 'database.serialization') return false
  return error.cause instanceof PostgresRefusal && OF_ONE_ROW.has(error.cause.state.slice(0, 2))
}

/** True if the connection that gave this error must not be used again. */
export function endsConnection(error: unknown): boolean {
  return !(error instanceof FreshetError) || ENDS_CONNECTION.has(error.code)
}

/** Five letters or digits; system errors (`ECONNREFUSED`) carry other codes in the same field. */
function stateOf(error: unknown): string | undefined {
  const code = fieldOf(error, 'code')
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

function withoutRows(error: unknown): Error {
  const state = stateOf(error)
  const text = error instanceof Error ? error.message : 'unknown'
  if (state === undefined) return new Error(text)
  const message = state.startsWith(DATA_EXCEPTION) ? 'a value was not acceptable' : text
  return new PostgresRefusal(state, fieldOf(error, 'constraint'), message)
}

function fieldOf(error: unknown, name: string): string | undefined {
  const value: unknown = Object(error)[name]
  return typeof value === 'string' ? value : undefined
}
