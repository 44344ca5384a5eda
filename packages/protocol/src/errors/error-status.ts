import { errorCodes, type ErrorCode } from './error-codes.ts'
import type { Disposition, ErrorEntry, OAuthErrorName } from './error-entry.ts'

/** The status of a code at a surface that its record does not list. */
const BY_DISPOSITION: Readonly<Record<Disposition, number>> = {
  quarantine: 400,
  skip: 409,
  retry: 503,
  stop: 500,
  crash: 500,
}

/**
 * The HTTP status of a problem document (RFC 9457) with this code. Every service answers a code with the same
 * status. The function is total: a code without an answer in its record has the status of its disposition.
 */
export function problemStatus(code: ErrorCode): number {
  const { http, disposition }: ErrorEntry = errorCodes[code]
  const { oauth: _, ...problems } = http
  return Object.values(problems)[0] ?? BY_DISPOSITION[disposition]
}

/** Status and `error` of an OAuth answer (RFC 6749 §5.2) with this code. The function is total, as above. */
export function oauthStatus(code: ErrorCode): {
  readonly status: number
  readonly error: OAuthErrorName
} {
  const { http, oauth, disposition }: ErrorEntry = errorCodes[code]
  const status = http.oauth ?? BY_DISPOSITION[disposition]
  return { status, error: oauth ?? oauthErrorOf(status) }
}

function oauthErrorOf(status: number): OAuthErrorName {
  if (status === 503) return 'temporarily_unavailable'
  return status === 500 ? 'server_error' : 'invalid_request'
}
