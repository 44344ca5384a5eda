import { FreshetError, isProtectedUrl, type SourceConnection } from '@freshet/protocol'
import { readJsonAnswer, type Timer } from '@freshet/wire'
import * as z from 'zod'

/** The largest answer in bytes, after its compression is undone. */
export const ANSWER_BYTES_MAX: number = 4 * 1024 * 1024
/** The longest wait for a whole answer. */
export const ANSWER_WITHIN_MS = 10_000
/** The longest pause that an answer can demand. */
export const RETRY_AFTER_MAX_MS = 30_000
/** The most rows of one page. */
export const PAGE_ROWS = 100
/** A token is replaced this long before its end, or after half of its life if that is later. */
const TOKEN_MARGIN_MS = 10_000

const tokenForm = z.object({ access_token: z.string().min(1), expires_in: z.number() })
/** Keycloak's 404 for a user or a group. That of a proxy, or of a renamed realm, has another text. */
const goneForm = z.object({ error: z.enum(['User not found', 'Could not find group by id']) })

/** Parts of the admin API that the process provides. */
export interface AdminApiParts {
  readonly timer: Timer
  /** Returns the secret of the client. It is read for each token, so a replaced secret needs no restart. */
  readonly secret: () => Promise<string> | string
  /** Default: the `fetch` of Node. */
  readonly fetch?: typeof fetch
}

/**
 * The admin API of one realm. It holds the token of a service account. It limits each answer, follows no redirect, and
 * sends secrets over TLS or to loopback alone.
 */
export class AdminApi {
  readonly #parts: AdminApiParts
  readonly #client: string
  readonly #realmUrl: string
  readonly #adminUrl: string
  #token: { readonly text: Promise<string>; untilMs: number } | undefined
  #pausedUntilMs = Number.NEGATIVE_INFINITY

  /** @throws `connect.refused` if `at` is not the address of a realm by https or on loopback */
  constructor({ at, options }: SourceConnection, parts: AdminApiParts) {
    this.#parts = parts
    this.#client = options.get('client') ?? 'freshet'
    this.#realmUrl = at.replace(/\/$/, '')
    this.#adminUrl = this.#realmUrl.replace(/\/realms\/([^/?#]+)$/, '/admin/realms/$1')
    if (!isProtectedUrl(at) || this.#adminUrl === this.#realmUrl)
      throw refused(`${at} is not the address of a realm. Use https://HOST/realms/REALM.`)
  }

  /**
   * Returns the answer to a path of the realm, or `undefined` if Keycloak has no such user or group.
   *
   * @throws `connect.refused` for a missing right, `connect.unavailable` for every other unexpected answer
   */
  async get<T>(path: string, form: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined> {
    const token = this.#heldToken(signal)
    const headers = { accept: 'application/json', authorization: `Bearer ${await token.text}` }
    const { status, json } = await this.#exchange(`${this.#adminUrl}${path}`, { headers }, signal)
    if (status === 200) return formed(form, json)
    if (status === 404 && goneForm.safeParse(json).success) return undefined
    const message = `${this.#adminUrl}${path.replace(/\?.*/, '')} answered ${status}.`
    // The token can have ended early, so the next request has a new one.
    if (status === 401) this.#forget(token)
    if (status !== 401 && status !== 403) throw unavailable(message, this.#pause())
    throw refused(`${message} Compare the roles of the client ${this.#client}.`)
  }

  /**
   * Gives a list page by page. A list that does not exist has no page. Pages overlap by one row, so a row that moved
   * from one page to another is noticed. Only a page without a new row ends the list.
   *
   * @throws `connect.unavailable` if a row moved
   */
  async *pages<T extends { readonly id: string }>(
    path: string,
    form: z.ZodType<T>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly T[]> {
    let rows = 0
    let last: string | undefined
    for (;;) {
      const query = `${path.includes('?') ? '&' : '?'}first=${Math.max(0, rows - 1)}&max=${PAGE_ROWS}`
      const page = await this.get(`${path}${query}`, z.array(form), signal)
      if (page === undefined) return
      if (last !== undefined && page.shift()?.id !== last)
        throw unavailable(`A list of ${this.#adminUrl} changed while it was read.`)
      last = page.at(-1)?.id
      if (last === undefined) return
      rows += page.length
      yield page
    }
  }

  /** Requests at the same time share one token. */
  #heldToken(signal: AbortSignal): { readonly text: Promise<string> } {
    const { timer } = this.#parts
    if (this.#token !== undefined && timer.monotonicMs() < this.#token.untilMs) return this.#token
    const startedMs = timer.monotonicMs()
    const request = this.#requestToken(signal)
    const token = { text: request.then((granted) => granted.access_token), untilMs: Infinity }
    this.#token = token
    request.then(
      ({ expires_in: seconds }) => {
        const livesMs = seconds * 1_000
        token.untilMs = startedMs + Math.max(livesMs / 2, livesMs - TOKEN_MARGIN_MS)
      },
      () => this.#forget(token),
    )
    return token
  }

  #forget(token: { readonly text: Promise<string> }): void {
    if (this.#token === token) this.#token = undefined
  }

  async #requestToken(signal: AbortSignal): Promise<z.infer<typeof tokenForm>> {
    const url = `${this.#realmUrl}/protocol/openid-connect/token`
    const secret = { client_id: this.#client, client_secret: await this.#parts.secret() }
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...secret })
    const { status, json } = await this.#exchange(url, { method: 'POST', body }, signal)
    if (status === 200) return formed(tokenForm, json)
    if (![400, 401, 403].includes(status))
      throw unavailable(`${url} answered ${status}.`, this.#pause())
    throw refused(`${url} refused the client ${this.#client} or its secret.`)
  }

  async #exchange(url: string, request: RequestInit, signal: AbortSignal): Promise<Answer> {
    const { timer, fetch: send = fetch } = this.#parts
    const pause = this.#pause()
    if (pause !== undefined) throw unavailable('Keycloak demanded a pause.', pause)
    const late = new AbortController()
    const done = new AbortController()
    void timer.sleep(ANSWER_WITHIN_MS, done.signal).then(() => late.abort())
    const either = AbortSignal.any([signal, late.signal])
    try {
      return await this.#read(await send(url, { ...request, redirect: 'manual', signal: either }))
    } catch (cause) {
      if (cause instanceof FreshetError) throw cause
      const within = late.signal.aborted ? ` within ${ANSWER_WITHIN_MS / 1_000} s` : ''
      throw unavailable(`${new URL(url).origin} gave no whole answer${within}.`, { cause })
    } finally {
      done.abort()
      late.abort()
    }
  }

  #pause(): { readonly retryAfterMs: number } | undefined {
    const retryAfterMs = this.#pausedUntilMs - this.#parts.timer.monotonicMs()
    return retryAfterMs > 0 ? { retryAfterMs } : undefined
  }

  async #read({ status, headers, body }: Response): Promise<Answer> {
    const after = headers.get('retry-after')
    if (after !== null && (status === 429 || status === 503)) {
      const { timer } = this.#parts
      const ms = /^\d+$/.test(after) ? Number(after) * 1_000 : Date.parse(after) - timer.nowMs()
      const pauseMs = Math.min(RETRY_AFTER_MAX_MS, Math.max(0, ms || 0))
      this.#pausedUntilMs = timer.monotonicMs() + pauseMs
    }
    if (status === 200 || status === 404) {
      try {
        return { status, json: await readJsonAnswer({ status: 200, body }, ANSWER_BYTES_MAX) }
      } catch (cause) {
        // The reason can quote the answer, so it goes no further.
        throw cause instanceof FreshetError ? malformed() : cause
      }
    }
    await body?.cancel()
    return { status, json: undefined }
  }
}

interface Answer {
  readonly status: number
  readonly json: unknown
}

function formed<T>(form: z.ZodType<T>, json: unknown): T {
  const read = form.safeParse(json)
  // The problems of the form can quote the answer.
  if (!read.success) throw malformed()
  return read.data
}

/** Returns `connect.unavailable`. The message has no values of an answer. */
export function unavailable(
  message: string,
  options?: { readonly cause?: unknown; readonly retryAfterMs?: number },
): FreshetError {
  return new FreshetError('connect.unavailable', message, options)
}

function malformed(): FreshetError {
  return unavailable('Keycloak gave an answer of another form than its admin API has.')
}

function refused(message: string): FreshetError {
  return new FreshetError('connect.refused', message)
}
