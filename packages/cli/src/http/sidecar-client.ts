import { readProblem } from '@freshet/source/problem'
import type { ExplainedVerdict } from '@freshet/insight/answers'

const ANSWER_WITHIN_MS = 5_000

/** The question of `POST /v1/check`. */
export interface CheckQuestion {
  readonly token: string
  readonly audience?: string
  readonly require?: Readonly<Record<string, readonly string[]>>
  readonly risk?: 'normal' | 'high'
}

/** Its answer, as far as this program reads it. */
export interface SidecarAnswer {
  readonly decision: 'allow' | 'deny' | 'challenge'
  readonly claims: Readonly<Record<string, ExplainedVerdict>>
  /** The verdict on the token itself, where no claim was to be judged. */
  readonly token?: ExplainedVerdict
  readonly viewAgeMs: number | null
  /** The authority judged this request, and let it through. */
  readonly validated?: true
  readonly code?: string
  readonly detail?: string
}

/** Asks an edge about a token. @throws `ProblemError` for a question that it does not read */
export async function askSidecar(url: string, question: CheckQuestion): Promise<SidecarAnswer> {
  const response = await fetch(new URL('/v1/check', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  if (!response.ok) throw await readProblem(response)
  return (await response.json()) as SidecarAnswer
}
