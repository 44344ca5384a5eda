import { dispositionOf, errorCodes, FreshetError, type ErrorCode } from '@freshet/domain'

/** Without a planned return, clients come back at random times within this, not all at once. */
const RETRY_WITHIN_MS = 3_000

/** The answer to a token request that failed (RFC 6749 §5.2), with our own code. */
export interface OAuthError {
  readonly status: 400 | 401 | 413 | 429 | 500 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly error: string
    readonly error_description: string
    readonly code: ErrorCode
  }
}

const BY_CODE: Readonly<Partial<Record<ErrorCode, string>>> = {
  'grant.unsupported': 'unsupported_grant_type',
  'grant.forbidden': 'unauthorized_client',
  'request.forbidden': 'unauthorized_client',
  'grant.target': 'invalid_target',
  'grant.scope': 'invalid_scope',
  'mint.too-large': 'invalid_target',
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
  const code = error instanceof FreshetError ? error.code : 'invariant.broken'
  const message = error instanceof FreshetError ? error.message : errorCodes[code].what
  const answer = (
    status: OAuthError['status'],
    name: string,
    more: Readonly<Record<string, string>> = {},
    text = message,
  ): OAuthError => ({
    status,
    headers: { ...NO_STORE, ...more },
    body: { error: name, error_description: printable(text), code },
  })
  if (code === 'request.unauthenticated') {
    return answer(401, 'invalid_client', { 'www-authenticate': 'Basic realm="freshet"' })
  }
  if (code === 'request.too-large') return answer(413, 'invalid_request')
  switch (dispositionOf(error)) {
    case 'retry': {
      const status = code === 'limit.reached' ? 429 : 503
      return answer(status, 'temporarily_unavailable', { 'retry-after': retryAfter(error, random) })
    }
    case 'quarantine':
    case 'skip':
      return answer(400, BY_CODE[code] ?? 'invalid_request')
    case 'stop':
    case 'crash':
      return answer(500, 'server_error', {}, errorCodes[code].what)
  }
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
