import { FreshetError } from '@freshet/protocol'
import { readJsonAnswer, type Fetch, type Timer } from '@freshet/wire'
import { TOKEN_LIFE_MIN_MS, type TimedToken, type TokenRequests } from './token-source.ts'

/** The longest wait for a whole answer of the token endpoint. */
export const TOKEN_FETCH_MS = 5_000
/** The largest answer of the token endpoint. */
export const TOKEN_ANSWER_BYTES_MAX = 65_536
/** A client of an authorization server. */
export interface ClientCredentials {
  /** The token endpoint. */
  readonly url: string
  readonly clientId: string
  /** Returns the secret for the next request. */
  readonly secret: () => string
  readonly scope: string | undefined
}

/** The clock and the network. */
export interface TokenRequestParts {
  readonly fetch: Fetch
  readonly timer: Timer
}

interface Answer {
  readonly status: number
  /** The JSON of the body; `undefined` if it is not JSON or too large. */
  readonly json: unknown
}

/** Returns the requests of a client. */
export function clientTokens(client: ClientCredentials, parts: TokenRequestParts): TokenRequests {
  const { secret } = client
  return { secret, request: (used) => requestToken({ ...client, secret: () => used }, parts) }
}

/**
 * Requests a token by client credentials (RFC 6749 §4.4), with the secret in the header. It follows no redirect.
 *
 * @throws `broker.unavailable` if the endpoint does not answer; `broker.unauthenticated` if it refuses the client, or
 *   its answer has no usable token. No text has the secret or the answer.
 */
async function requestToken(
  client: ClientCredentials,
  { fetch, timer }: TokenRequestParts,
): Promise<TimedToken> {
  const requestedAtMs = timer.monotonicMs()
  const { status, json } = await ask(client, { fetch, timer })
  if (status >= 500 || status === 429) throw away(client, `it answers ${status}`)
  if (status === 400 || status === 401 || status === 403) throw refused(client, status, json)
  if (status !== 200) throw unusable(client, `it answers ${status}`)
  return tokenIn(json, client, requestedAtMs)
}

async function ask(
  client: ClientCredentials,
  { fetch, timer }: TokenRequestParts,
): Promise<Answer> {
  const abort = new AbortController()
  const done = new AbortController()
  void timer.sleep(TOKEN_FETCH_MS, done.signal).then(() => abort.abort())
  try {
    const response = await fetch(client.url, {
      method: 'POST',
      redirect: 'error',
      signal: abort.signal,
      headers: {
        accept: 'application/json',
        authorization: `Basic ${basicOf(client)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: formOf(client),
    })
    const { status, body } = response
    // A refusal has JSON, too.
    const json = await readJsonAnswer({ status: 200, body }, TOKEN_ANSWER_BYTES_MAX).catch(
      () => undefined,
    )
    if (abort.signal.aborted) throw new Error('aborted')
    return { status, json }
  } catch (error) {
    const late = `no whole answer within ${TOKEN_FETCH_MS / 1_000} s`
    throw away(client, abort.signal.aborted ? late : reasonOf(error), error)
  } finally {
    done.abort()
    abort.abort()
  }
}

function formOf({ scope }: ClientCredentials): string {
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scope !== undefined) form.set('scope', scope)
  return form.toString()
}

/** Returns name and secret, each encoded as in a form (RFC 6749 §2.3.1). */
function basicOf({ clientId, secret }: ClientCredentials): string {
  const encoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
  return Buffer.from(`${encoded(clientId)}:${encoded(secret())}`).toString('base64')
}

function tokenIn(json: unknown, client: ClientCredentials, requestedAtMs: number): TimedToken {
  const answer = Object(json) as Readonly<Record<string, unknown>>
  const { access_token: value, token_type: type, expires_in: seconds } = answer
  if (json === undefined)
    throw unusable(client, `the answer is not JSON of at most ${TOKEN_ANSWER_BYTES_MAX} bytes`)
  if (typeof value !== 'string' || value === '')
    throw unusable(client, 'the answer has no `access_token`')
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    throw unusable(client, '`token_type` is not Bearer')
  if (seconds === undefined) return { value, endsAtMs: requestedAtMs }
  const lifeMs = Number(seconds) * 1_000
  if (lifeMs >= TOKEN_LIFE_MIN_MS) return { value, endsAtMs: requestedAtMs + lifeMs }
  const least = TOKEN_LIFE_MIN_MS / 1_000
  throw unusable(client, `the token lives for less than ${least} s (\`expires_in\`)`)
}

function away({ url }: ClientCredentials, why: string, cause?: unknown): FreshetError {
  const message = `the token endpoint ${placeOf(url)} does not answer: ${why}`
  return new FreshetError('broker.unavailable', message, { cause })
}

/** The codes of RFC 6749 §5.2. Any other text of an answer is not repeated. */
const CODE =
  /^(?:invalid_(?:request|client|grant|scope)|unauthorized_client|unsupported_grant_type)$/

function refused(client: ClientCredentials, status: number, json: unknown): FreshetError {
  const { error } = Object(json) as { readonly error?: unknown }
  const code = typeof error === 'string' && CODE.test(error) ? ` ${error}` : ''
  const message = `the token endpoint ${placeOf(client.url)} refuses client ${client.clientId} (${status}${code}). Compare KAFKA_SASL_CLIENT_ID, its secret and KAFKA_SASL_SCOPE with the client there`
  return new FreshetError('broker.unauthenticated', message)
}

function unusable({ url }: ClientCredentials, why: string): FreshetError {
  const message = `the token endpoint ${placeOf(url)} sends no usable token: ${why}. Check KAFKA_SASL_TOKEN_URL`
  return new FreshetError('broker.unauthenticated', message)
}

/** Returns the address without its query. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** `fetch` keeps the reason of a failed connection in the cause. */
function reasonOf(error: unknown): string {
  const { cause = error } = Object(error) as { readonly cause?: unknown }
  const { code, message } = Object(cause) as { readonly code?: unknown; readonly message?: unknown }
  return [code, message].find((each) => typeof each === 'string') ?? 'the connection failed'
}
