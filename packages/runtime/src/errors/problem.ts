import { errorCodes, FreshetError, problemStatus, type ErrorCode } from '@freshet/protocol'
import { EventError } from '@freshet/wire'
import { RegistryError } from '@freshet/registry'

/** The address of the pages that explain a code. */
const TYPE_BASE = 'https://freshet.dev/problems/'
const ERRORS_MAX = 50
/** Too many requests, and not available now. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 503])

/** One rule that a body breaks, and where: a JSON pointer. */
export interface BodyError {
  readonly pointer: string
  readonly rule: string
}

/** RFC 9457 problem details, with our code. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly errors?: readonly BodyError[]
  /** Seconds after which a retry can help, for the `Retry-After` header; with 429 and 503. */
  readonly retryAfter?: number
}

/**
 * The answer to a request that failed with `error`. `errors` lists what a schema or the reader of JSON found,
 * where such an error stands as the cause, and the findings of a registry; at most 50. A fault of ours (500)
 * has the catalogue's sentence and nothing of the thrown error.
 */
export function problemOf(error: unknown): Problem {
  const code = error instanceof FreshetError ? error.code : 'invariant.broken'
  const status = problemStatus(code)
  const title = errorCodes[code].what
  const detail = status === 500 || !(error instanceof Error) ? title : detailOf(error)
  const errors = bodyErrors(error)
  return {
    type: `${TYPE_BASE}${code}`,
    title,
    status,
    detail,
    code,
    ...(errors.length > 0 && { errors }),
    ...(RETRYABLE.has(status) && { retryAfter: retryAfterOf(error) }),
  }
}

/** Returns at least a second, the smallest value of the header. */
function retryAfterOf(error: unknown): number {
  const ms = error instanceof FreshetError ? (error.retryAfterMs ?? 0) : 0
  return Math.max(1, Math.ceil(ms / 1_000))
}

/** The findings of a registry stand in `errors`. */
function detailOf(error: Error): string {
  if (!(error instanceof RegistryError)) return error.message
  const { length } = error.findings
  return `The registry has ${length === 1 ? 'an error' : `${length} errors`}.`
}

function bodyErrors(error: unknown): BodyError[] {
  if (!(error instanceof FreshetError)) return []
  if (error instanceof RegistryError) return findingErrors(error)
  const { cause } = error
  if (cause instanceof EventError) return cause.errors.slice(0, ERRORS_MAX)
  const issues: unknown = Object(cause)['issues']
  if (!Array.isArray(issues)) return []
  return issues.slice(0, ERRORS_MAX).map((issue: unknown) => {
    const { path, message } = Object(issue) as { path?: unknown; message?: unknown }
    const parts = Array.isArray(path) ? path.map(String) : []
    return { pointer: parts.map((part) => `/${escapePart(part)}`).join(''), rule: String(message) }
  })
}

/** A registry is sent as a member of its document. */
function findingErrors({ findings }: RegistryError): BodyError[] {
  return findings.slice(0, ERRORS_MAX).map(({ place, message, code }) => {
    return { pointer: `/registry${place}`, rule: `${message} (${code})` }
  })
}

/** RFC 6901. */
function escapePart(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
