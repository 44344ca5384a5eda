/** A refusal by one of our services: the problem document (RFC 9457) as an error. */
export class ProblemError extends Error {
  readonly status: number
  readonly code: string
  /** The time after which a repetition can succeed, in milliseconds; `undefined`: the answer named none. */
  readonly retryAfterMs: number | undefined

  constructor(status: number, code: string, detail: string, retryAfterMs?: number) {
    super(detail)
    this.name = 'ProblemError'
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

interface ProblemBody {
  readonly title?: string
  readonly detail?: string
  readonly code?: string
  readonly error?: string
  readonly error_description?: string
  readonly errors?: readonly { readonly pointer: string; readonly rule: string }[]
}

/** Reads the refusal out of an answer, whatever its form. */
export async function readProblem(response: Response): Promise<ProblemError> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody
  const code = body.code ?? body.error ?? `http.${response.status}`
  const detail = body.detail ?? body.error_description ?? body.title ?? response.statusText
  const places = body.errors?.map(({ pointer, rule }) => `\n  ${pointer || '/'}: ${rule}`) ?? []
  const after = Number(response.headers.get('retry-after') ?? Number.NaN) * MS_PER_SECOND
  const retryAfterMs = Number.isNaN(after) ? undefined : after
  return new ProblemError(response.status, code, `${detail}${places.join('')}`, retryAfterMs)
}
const MS_PER_SECOND = 1_000
