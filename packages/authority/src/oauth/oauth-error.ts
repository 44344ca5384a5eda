import {
  errorCodes,
  FreshetError,
  oauthStatus,
  type ErrorCode,
  type OAuthErrorName,
} from '@freshet/protocol'

/** Without a planned return, clients come back at random times within this, not all at once. */
const RETRY_WITHIN_MS = 3_000
const SERVER_FAULT = 500

/** The answer to a token request that failed (RFC 6749 §5.2), with our own code. */
export interface OAuthError {
  readonly status: 400 | 401 | 429 | 500 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly error: OAuthErrorName
    readonly error_description: string
    readonly code: ErrorCode
  }
}

/** A cache must not keep a token answer, whatever its content. */
export const NO_STORE: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
}

/**
 * The function is total: an unclassified error answers 500 without details. `random`: from 0 to below 1, by
 * chance.
 */
export function oauthError(error: unknown, random: number): OAuthError {
  const known = error instanceof FreshetError ? error : undefined
  const code = known?.code ?? 'invariant.broken'
  const { status, error: name } = oauthStatus(code)
  const text = status === SERVER_FAULT ? undefined : known?.message
  return {
    status: status as OAuthError['status'],
    headers: { ...NO_STORE, ...adviceOf(status, error, random) },
    body: { error: name, error_description: printable(text ?? errorCodes[code].what), code },
  }
}

function adviceOf(status: number, error: unknown, random: number): OAuthError['headers'] {
  if (status === 401) return { 'www-authenticate': 'Basic realm="freshet"' }
  return status === 429 || status === 503 ? { 'retry-after': retryAfter(error, random) } : {}
}

/** Returns whole seconds, at least one, as the header requires. */
function retryAfter(error: unknown, random: number): string {
  const planned = error instanceof FreshetError ? error.retryAfterMs : undefined
  return String(Math.max(1, Math.ceil((planned ?? random * RETRY_WITHIN_MS) / 1_000)))
}

/** RFC 6749 §5.2 allows these characters only. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'")
}
