/** A refusal by one of our services: the problem document (RFC 9457) as an error. */
export class ProblemError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.name = 'ProblemError'
    this.status = status
    this.code = code
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
  return new ProblemError(response.status, code, `${detail}${places.join('')}`)
}
