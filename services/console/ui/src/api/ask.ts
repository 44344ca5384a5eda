import { noteSign } from '../age/signs.ts'
import { AskError, unreachable, type Problem } from './problem.ts'

const ANSWER_WITHIN_MS = 15_000

/** A question to the console. */
export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: object
  readonly signal?: AbortSignal
}

let csrf: string | null = null
let onLoggedOut = (): void => {}

/** Sets the value that every write repeats, and the callback for the end of the session. */
export function setSession(token: string | null, loggedOut: () => void): void {
  csrf = token
  onLoggedOut = loggedOut
}

/** Asks the console. @throws AskError */
export async function ask<T>(path: string, question: Question = {}): Promise<T> {
  const { method = 'GET', body, signal } = question
  const late = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const response = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method !== 'GET' && csrf !== null && { 'x-freshet-csrf': csrf }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    credentials: 'same-origin',
    cache: 'no-store',
  }).catch(() => {
    throw new AskError(unreachable(late.aborted))
  })
  // A proxy answers 502 or 504 in place of a console that is gone.
  if (response.status < 500) noteSign()
  if (response.ok)
    return response.status === 204 ? (undefined as T) : ((await response.json()) as T)
  if (response.status === 401 && path !== '/v1/session') onLoggedOut()
  throw new AskError(await problemIn(response))
}

async function problemIn(response: Response): Promise<Problem> {
  const { status } = response
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
  const {
    code = `http.${status}`,
    title = `The console answered ${status}.`,
    detail = '',
  } = problem
  return { status, code, title, detail }
}
