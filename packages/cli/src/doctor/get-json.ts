import { readProblem } from '../http/problem-error.ts'
import { ASK_WITHIN_MS } from './check.ts'

/** One JSON document. @throws `ProblemError` */
export async function getJson(url: URL | string): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(ASK_WITHIN_MS),
  })
  if (!response.ok) throw await readProblem(response)
  return response.json()
}
